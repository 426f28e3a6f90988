use asymmetric::{ObjectId, asymmetric};

/// One reading of one station.
#[asymmetric(database = "telemetry", rename_all = "camelCase")]
pub struct Reading<'a> {
    #[asymmetric(minimum = 0, default = 1)]
    pub retry_count: i32,
    #[asymmetric(primary_key)]
    pub id: ObjectId,
    #[cfg(any())]
    pub not_compiled: f64,
    pub station: &'a str,
}
