mod soak;
mod time_series;
