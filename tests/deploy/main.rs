//! What `deploy/` puts into a cluster, tried on a real control plane as the people and programs that it is about.

mod cluster;
mod install;
mod policies;
mod roles;
