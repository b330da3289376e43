//! The seller on its wire: every room of LSO over HTTP, every answer held against the specification files.

mod buyer;
mod service_life;
