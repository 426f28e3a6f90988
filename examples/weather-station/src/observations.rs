//! The real observations: a year of hourly weather at the airports of New York.

use std::{collections::BTreeMap, io::Read};

use anyhow::{Context as _, Result, ensure};
use asymmetric::DateTime;
use csv::StringRecord;

use crate::models::{WeatherSensor, Wind};

/// The file as it is committed; `data/README.md` names its source.
pub const CSV: &str = include_str!("../data/nyc-weather-2013.csv");

const COLUMNS: [&str; 11] = [
    "origin",
    "time_hour",
    "temp",
    "dewp",
    "humid",
    "wind_dir",
    "wind_speed",
    "wind_gust",
    "precip",
    "pressure",
    "visib",
];

/// The observations of each station, oldest first.
pub type Stations = BTreeMap<String, Vec<WeatherSensor>>;

/// Reads the oldest observations, at most `limit`.
pub fn read(csv: impl Read, limit: usize) -> Result<Stations> {
    let mut reader = csv::Reader::from_reader(csv);
    ensure!(*reader.headers()? == COLUMNS[..], "the file has other columns");
    let mut observations = reader
        .records()
        .enumerate()
        .map(|(row, record)| {
            observation(&record?).with_context(|| format!("observation {}", row + 1))
        })
        .collect::<Result<Vec<_>>>()?;
    // The file is sorted by station.
    observations.sort_by_key(|observation| observation.observed_at);
    let mut stations = Stations::new();
    for observation in observations.into_iter().take(limit) {
        stations.entry(observation.station.clone()).or_default().push(observation);
    }
    Ok(stations)
}

fn observation(record: &StringRecord) -> Result<WeatherSensor> {
    let [
        station,
        hour,
        temp,
        dewp,
        humid,
        wind_dir,
        wind_speed,
        wind_gust,
        precip,
        pressure,
        visib,
    ] = record.iter().collect::<Vec<_>>().try_into().ok().context("wrong number of columns")?;
    Ok(WeatherSensor {
        id: format!("{station}/{hour}"),
        station: station.to_owned(),
        observed_at: DateTime::parse_rfc3339_str(hour).context("time_hour")?,
        temperature: optional(temp).context("temp")?,
        dew_point: optional(dewp).context("dewp")?,
        humidity: optional(humid).context("humid")?,
        wind: Wind {
            direction: optional(wind_dir).context("wind_dir")?,
            speed: optional(wind_speed).context("wind_speed")?,
            gust: optional(wind_gust).context("wind_gust")?,
        },
        precipitation: precip.parse().context("precip")?,
        pressure: optional(pressure).context("pressure")?,
        visibility: visib.parse().context("visib")?,
    })
}

/// A gap in the data is an empty field.
fn optional<T: std::str::FromStr>(field: &str) -> Result<Option<T>, T::Err> {
    if field.is_empty() { Ok(None) } else { field.parse().map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_holds_26115_observations_of_three_stations() {
        let stations = read(CSV.as_bytes(), usize::MAX).unwrap();
        let counts: Vec<_> = stations.iter().map(|(name, all)| (&**name, all.len())).collect();
        assert_eq!(counts, [("EWR", 8703), ("JFK", 8706), ("LGA", 8706)]);
    }

    #[test]
    fn gaps_are_none() {
        let stations = read(CSV.as_bytes(), usize::MAX).unwrap();
        let all = || stations.values().flatten();
        assert_eq!(all().filter(|o| o.temperature.is_none()).count(), 1);
        assert_eq!(all().filter(|o| o.wind.direction.is_none()).count(), 460);
        assert_eq!(all().filter(|o| o.wind.gust.is_none()).count(), 20_778);
        assert_eq!(all().filter(|o| o.pressure.is_none()).count(), 2_729);
    }

    #[test]
    fn a_limit_takes_the_oldest_of_all_stations() {
        let stations = read(CSV.as_bytes(), 30).unwrap();
        assert_eq!(stations.values().map(Vec::len).collect::<Vec<_>>(), [10, 10, 10]);
    }

    #[test]
    fn another_file_is_refused() {
        assert!(read(&b"a,b\n1,2\n"[..], 10).is_err());
    }
}
