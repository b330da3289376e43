//! naas-operator
