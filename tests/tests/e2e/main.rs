//! End-to-end tests through the real worker in workerd and the simulator.

mod conversation;
mod dead_letters;
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
mod repeated_commands;
mod rungs;
mod signature;
mod storm;
mod tokens;
