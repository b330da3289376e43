//! Adapters: one folder per kind of seller API.
