//! What the schemas in `crds/` accept and refuse: a table of cases, once in this process and once against a real API
//! server, and what that server does to the record of orders.

mod cases;
mod in_process;
mod records;
mod server;
