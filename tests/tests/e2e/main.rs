//! End-to-end tests through the real worker in workerd and the simulator.

mod conversation;
mod desk;
mod faults;
mod first_light;
mod flows;
mod http;
mod identity;
mod kill;
mod knowledge;
mod ladder;
mod languages;
mod learning;
mod metrics;
mod once;
mod pacing;
mod policy;
mod rungs;
mod signature;
mod storm;
