use asymmetric::{ObjectId, asymmetric};

#[asymmetric]
struct ReadingOfAStationThatMeasuresTheTemperatureOfTheAirAndTheSea {
    #[asymmetric(primary_key)]
    id: ObjectId,
}

fn main() {}
