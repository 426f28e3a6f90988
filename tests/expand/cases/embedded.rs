use asymmetric::embedded;

#[embedded]
struct Wind {
    #[asymmetric(skip)]
    raw: u64,
    speed: Option<f64>,
}
