//! Instants, stored in milliseconds since 1970.

use std::time::{SystemTime, UNIX_EPOCH};

use asymmetric_schema::PropertyType;
use bson::DateTime;

use crate::model::{
    DateProperty, InvalidValue, ListElement, Property, SetElement, document::element,
};

macro_rules! dates {
    ($($(#[$attribute:meta])* $rust:ty, $value:ident => $milliseconds:expr;)*) => { $(
        $(#[$attribute])*
        impl Property for $rust {
            const TYPE: PropertyType = PropertyType::Date;
            const ELEMENT_TYPE: u8 = element::DATE;

            #[inline]
            fn encode(&self, out: &mut Vec<u8>) -> Result<(), InvalidValue> {
                let $value = self;
                let milliseconds: i64 = $milliseconds;
                out.extend_from_slice(&milliseconds.to_le_bytes());
                Ok(())
            }
        }

        $(#[$attribute])*
        impl ListElement for $rust {}

        $(#[$attribute])*
        impl SetElement for $rust {}

        $(#[$attribute])*
        impl DateProperty for $rust {}
    )* };
}

dates! {
    DateTime, date => date.timestamp_millis();
    SystemTime, time => milliseconds_of(*time)?;
    #[cfg(feature = "chrono")] chrono::DateTime<chrono::Utc>, date => date.timestamp_millis();
    #[cfg(feature = "jiff")] jiff::Timestamp, timestamp => timestamp.as_millisecond();
    #[cfg(feature = "time")] time::UtcDateTime, date => {
        milliseconds_of_time(date.unix_timestamp(), date.millisecond())
    };
    #[cfg(feature = "time")] time::OffsetDateTime, date => {
        milliseconds_of_time(date.unix_timestamp(), date.millisecond())
    };
}

/// The range of the crate `time`, at most a million years, is well within 64 bits.
#[cfg(feature = "time")]
fn milliseconds_of_time(seconds: i64, milliseconds: u16) -> i64 {
    seconds * 1_000 + i64::from(milliseconds)
}

/// Rounded down, before 1970 as after it.
fn milliseconds_of(time: SystemTime) -> Result<i64, InvalidValue> {
    let milliseconds = match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()),
        Err(error) => {
            let before = error.duration();
            let partial = u128::from(before.subsec_nanos() % 1_000_000 != 0);
            i64::try_from(before.as_millis() + partial).map(|milliseconds| -milliseconds)
        }
    };
    milliseconds.map_err(|_| {
        InvalidValue::new(format_args!("{time:?}"), "a date is 64 bits of milliseconds since 1970")
    })
}
