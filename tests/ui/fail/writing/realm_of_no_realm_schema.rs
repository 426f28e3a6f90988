use asymmetric::{OpenError, Realm, User};

struct Telemetry;

fn open(user: &User) -> Result<(), OpenError> {
    let realm = Realm::<Telemetry>::open(user, "telemetry.realm")?;
    Ok(())
}

fn main() {}
