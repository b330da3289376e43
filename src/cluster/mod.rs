//! Everything between the controllers and the Kubernetes API: what they read, what they write, what wakes them.
//!
//! [`Cache`] is watched state that always includes our own last writes. [`Writer`] is the only place that changes objects. While the
//! API server does not answer, everybody waits for its [`Availability`].
//! This room must not know what the objects mean.

mod availability;
mod cache;
mod writer;

pub use availability::{Availability, Tries};
pub use cache::{Cache, Fingerprint, Wake, fingerprint, own_fingerprint, until_forgotten, watch};
pub use writer::{Concern, Reach, WriteError, Writer};
