use asymmetric::{ObjectId, asymmetric};

#[asymmetric(rename_all = "camelCase")]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    wind_speed: f64,
    #[allow(non_snake_case)]
    windSpeed: f64,
}

fn main() {}
