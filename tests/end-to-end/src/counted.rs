//! Objects whose content follows from their number; shared with the program that is killed.

use asymmetric::{asymmetric, realm_schema};
use bson::Document;

/// The app of these tests.
pub const APP_ID: &str = "e2e-tests";

/// An object whose content follows from its number.
#[derive(Clone, Debug)]
#[asymmetric(database = "e2e", collection = "counted", rename_all = "camelCase")]
pub struct Counted {
    #[asymmetric(primary_key)]
    id: i64,
    written_by: String,
    square: Option<i64>,
}

realm_schema! {
    /// Counted objects and nothing else.
    pub struct Counting = [Counted];
}

impl Counted {
    /// The object of this number.
    #[must_use]
    pub fn new(number: i64) -> Self {
        Self { id: number, written_by: format!("writer {}", number % 7), square: square(number) }
    }
}

/// A property that some objects do not have.
#[must_use]
pub fn square(number: i64) -> Option<i64> {
    (number % 3 != 0).then_some(number * number)
}

/// The document that an object of this number becomes.
#[must_use]
pub fn document(number: i64) -> Document {
    let mut document = bson::doc! { "_id": number, "writtenBy": format!("writer {}", number % 7) };
    if let Some(square) = square(number) {
        document.insert("square", square);
    }
    document
}
