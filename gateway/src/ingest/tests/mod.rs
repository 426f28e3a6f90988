mod devices;
mod fairness;
mod faults;
mod soak;
mod time_series;
