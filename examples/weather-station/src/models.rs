//! What a station records.

use asymmetric::{DateTime, asymmetric, embedded, realm_schema};

/// One hourly observation of one station.
#[derive(Clone, Debug, PartialEq)]
#[asymmetric(database = "weather", collection = "observations", rename_all = "camelCase")]
pub struct WeatherSensor {
    /// Station and hour, so that replaying the same hour twice stores it once.
    #[asymmetric(primary_key)]
    pub id: String,
    /// Airport code of the station.
    pub station: String,
    /// Start of the hour.
    pub observed_at: DateTime,
    /// Air temperature in degrees Fahrenheit.
    pub temperature: Option<f64>,
    /// Dew point in degrees Fahrenheit.
    pub dew_point: Option<f64>,
    /// Relative humidity in percent.
    pub humidity: Option<f64>,
    /// What the anemometer says.
    pub wind: Wind,
    /// Precipitation in inches.
    pub precipitation: f64,
    /// Pressure at sea level in millibar.
    pub pressure: Option<f64>,
    /// Visibility in miles.
    pub visibility: f64,
}

/// What the anemometer says.
#[derive(Clone, Debug, PartialEq)]
#[embedded]
pub struct Wind {
    /// Where the wind comes from, in degrees.
    pub direction: Option<i32>,
    /// Speed in miles per hour.
    pub speed: Option<f64>,
    /// Speed of gusts in miles per hour.
    pub gust: Option<f64>,
}

realm_schema! {
    /// All that a station records.
    pub struct Weather = [WeatherSensor];
}
