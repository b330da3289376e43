//! What the operator needs around it on one machine, for tests, benches and the demo.
//!
//! - [`controlplane`] is a Kubernetes control plane, real but for nodes.
//! - [`lifeline`] ends processes and a directory with whoever started them.
//! - [`lso`] checks that what is said between buyer and seller is what MEF LSO specifies.
//!
//! Nothing here knows the operator or the simulator: they use this, not the other way round.

pub mod controlplane;
pub mod lifeline;
pub mod lso;
