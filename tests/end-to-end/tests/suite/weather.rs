//! All real observations, every field of every document.

use std::collections::BTreeMap;

use asymmetric::{DateTime, Realm};
use bson::{Document, doc};
use weather_station::{
    models::{Weather, WeatherSensor},
    observations,
};

use crate::support::{Backend, PATIENCE, Site};

#[tokio::test(flavor = "multi_thread")]
async fn every_field_of_every_observation_reaches_the_embedded_store() {
    replay_into(Backend::embedded().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_of_every_observation_reaches_mongodb() {
    replay_into(Backend::mongodb().await).await;
}

async fn replay_into(backend: Backend) {
    let site = Site::up(&backend).await;
    let realm = Realm::<Weather>::open(&site.user(), site.realm_path()).unwrap();
    let stations = observations::read(observations::CSV.as_bytes(), usize::MAX).unwrap();
    let threads: Vec<_> = stations
        .into_values()
        .map(|station| {
            let realm = realm.clone();
            tokio::task::spawn_blocking(move || write_all(&realm, station))
        })
        .collect();
    for thread in threads {
        thread.await.unwrap();
    }
    realm.sync_session().wait_for_upload(PATIENCE).await.unwrap();
    let progress = realm.sync_session().progress();
    assert_eq!((progress.durable, progress.acknowledged), (26_115, 26_115));
    assert_eq!((progress.rejected, progress.pending_objects()), (0, 0));

    let expected = expected_from_csv();
    let found = backend.documents("weather", "observations").await;
    assert_eq!(found.len(), 26_115);
    for document in found {
        let id = document.get_str("_id").unwrap();
        assert_eq!(Some(&document), expected.get(id), "{id}");
    }
}

fn write_all(realm: &Realm<Weather>, observations: Vec<WeatherSensor>) {
    let mut observations = observations.into_iter().peekable();
    while observations.peek().is_some() {
        let transaction: Vec<_> = observations.by_ref().take(25).collect();
        realm.write(|tx| transaction.into_iter().try_for_each(|o| tx.create(o))).unwrap();
    }
}

/// The documents as they must be, made from the text of the file without the models.
fn expected_from_csv() -> BTreeMap<String, Document> {
    let mut lines = observations::CSV.lines();
    let names: Vec<_> = lines.next().unwrap().split(',').collect();
    let mut expected = BTreeMap::new();
    for line in lines {
        let row: BTreeMap<_, _> = names.iter().copied().zip(line.split(',')).collect();
        let number = |column: &str| row[column].parse::<f64>().ok();
        let id = format!("{}/{}", row["origin"], row["time_hour"]);
        let mut wind = Document::new();
        if let Ok(direction) = row["wind_dir"].parse::<i32>() {
            wind.insert("direction", direction);
        }
        add(&mut wind, "speed", number("wind_speed"));
        add(&mut wind, "gust", number("wind_gust"));
        let mut document = doc! {
            "_id": &id,
            "station": row["origin"],
            "observedAt": DateTime::parse_rfc3339_str(row["time_hour"]).unwrap(),
        };
        add(&mut document, "temperature", number("temp"));
        add(&mut document, "dewPoint", number("dewp"));
        add(&mut document, "humidity", number("humid"));
        document.insert("wind", wind);
        add(&mut document, "precipitation", number("precip"));
        add(&mut document, "pressure", number("pressure"));
        add(&mut document, "visibility", number("visib"));
        expected.insert(id, document);
    }
    expected
}

/// A gap in the data is absent from the document.
fn add(document: &mut Document, name: &str, value: Option<f64>) {
    if let Some(value) = value {
        document.insert(name, value);
    }
}
