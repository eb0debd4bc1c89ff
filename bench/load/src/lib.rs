//! Load for benches: what a load generator is ordered to do and what it reports. Orders and reports
//! are JSON, one per line, so that the generator runs as a process of its own.
//!
//! It goes to this machine only, and every order is bounded in number and time.

#![forbid(unsafe_code)]

pub mod order;
