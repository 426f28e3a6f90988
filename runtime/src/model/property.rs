//! What can be a property, an element of a collection, a primary key.

use asymmetric_schema::{PropertyType, Shared};

use super::InvalidValue;

/// A type that can be a property of an asymmetric or embedded object.
///
/// Implemented for everything in [the table of types](crate::asymmetric#types), for structs under
/// [`#[embedded]`](crate::embedded), and by the derives [`Property`](derive@crate::Property) (a
/// newtype is stored as what it wraps) and [`PropertyEnum`](crate::PropertyEnum) (an enum without
/// fields is stored as a string).
///
/// # Examples
///
/// A type of your own borrows the implementation of a type that stands for it in MongoDB. Add
/// [`ListElement`] and [`SetElement`] to have collections of it, [`PrimaryKey`] to make it the
/// `_id`, [`Number`](super::Number) or [`Text`](super::Text) to constrain it.
///
/// ```
/// use asymmetric::{
///     AsymmetricObject, InvalidValue, ListElement, Property, asymmetric, schema::PropertyType,
/// };
///
/// /// A price, kept in cents.
/// pub struct Money {
///     cents: i64,
/// }
///
/// impl Property for Money {
///     const TYPE: PropertyType = <i64 as Property>::TYPE;
///     const ELEMENT_TYPE: u8 = <i64 as Property>::ELEMENT_TYPE;
///
///     fn encode(&self, out: &mut Vec<u8>) -> Result<(), InvalidValue> {
///         self.cents.encode(out)
///     }
/// }
///
/// impl ListElement for Money {}
///
/// #[asymmetric]
/// pub struct Invoice {
///     #[asymmetric(primary_key)]
///     number: String,
///     total: Money,
///     parts: Vec<Money>,
/// }
///
/// let properties = &Invoice::SCHEMA.to_json()["properties"];
/// assert_eq!(properties["total"]["bsonType"], "long");
/// assert_eq!(properties["parts"]["items"]["bsonType"], "long");
///
/// let invoice = Invoice {
///     number: "2026-0001".to_owned(),
///     total: Money { cents: 1_999 },
///     parts: vec![Money { cents: 999 }, Money { cents: 1_000 }],
/// };
/// let mut document = Vec::new();
/// invoice.encode(&mut document)?;
/// let document = bson::Document::from_reader(&document[..]).expect("the bytes are BSON");
/// assert_eq!(document.get_i64("total").ok(), Some(1_999));
/// # Ok::<(), asymmetric::InvalidObject>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a property",
    label = "no property type",
    note = "if `{Self}` is a struct of properties, put `#[embedded]` on it",
    note = "if it wraps one value, `#[derive(asymmetric::Property)]`; if it is an enum without \
            fields, `#[derive(asymmetric::PropertyEnum)]`",
    note = "types of bytes, chrono, jiff, time and uuid need the feature of `asymmetric` that bears the \
            name of their crate",
    note = "if it should not be stored at all, put `#[asymmetric(skip)]` on the field"
)]
pub trait Property {
    /// What the schema says of the property.
    const TYPE: PropertyType;

    /// The BSON type byte of the value.
    const ELEMENT_TYPE: u8;

    /// Whether the property may be absent: true for `Option<T>`, and for what wraps one.
    const OPTIONAL: bool = false;

    /// Whether the property is an `Option` of what is optional already, which classes refuse.
    #[doc(hidden)]
    const TWICE_OPTIONAL: bool = false;

    /// The same as element of a collection, where absence is written as null.
    #[doc(hidden)]
    const ITEM_TYPE: PropertyType = Self::TYPE;

    /// The only strings allowed; empty means any.
    #[doc(hidden)]
    const ALLOWED: &'static [Shared<str>] = &[];

    /// Appends the value as BSON, without type byte and name.
    ///
    /// # Errors
    ///
    /// The value breaks a rule of its type.
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), InvalidValue>;

    /// Appends the whole element: `header` is type byte, name and NUL. Appends nothing where the
    /// property is absent.
    #[doc(hidden)]
    #[inline]
    fn encode_element(&self, header: &[u8], out: &mut Vec<u8>) -> Result<(), InvalidValue> {
        out.extend_from_slice(header);
        self.encode(out)
    }

    /// The same for an element of a collection: appends a null where the value is absent.
    #[doc(hidden)]
    #[inline]
    fn encode_item(&self, header: &[u8], out: &mut Vec<u8>) -> Result<(), InvalidValue> {
        self.encode_element(header, out)
    }
}

/// A type that can be an element of a list, or a value of a map.
///
/// All scalars but `u8` (a `Vec<u8>` is binary data), embedded objects, links, and `Option` of
/// scalars.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an element of a list or a value of a map",
    label = "a collection in here cannot hold its elements",
    note = "elements are scalars other than `u8`, `Option`s of scalars, embedded objects and links",
    note = "collections do not nest: put the inner one into an `#[embedded]` struct",
    note = "bytes are stored as `Vec<u8>`, which is binary data"
)]
pub trait ListElement: Property {}

/// A type that can be an element of a set: a scalar or a link.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can be neither an element of a set nor optional in a collection",
    label = "a collection in here cannot hold its elements",
    note = "scalars and links can; for embedded objects, use a `Vec` without `Option`"
)]
pub trait SetElement: ListElement {}

/// A type that can be the key of a map: a string.
///
/// Keys must neither be empty nor start with `$`, nor hold `.` or NUL; this is checked when an
/// object is created.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the key of a map",
    label = "a map in here has keys that are no strings",
    note = "MongoDB stores a map as a document, whose keys are strings: use `HashMap<String, _>` \
            or `BTreeMap<String, _>`"
)]
pub trait MapKey {
    /// The key.
    fn as_key(&self) -> &str;
}

/// A type that can be the primary key of a class: `ObjectId`, `Uuid`, a string or an integer.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a primary key",
    label = "not the type of a primary key",
    note = "a primary key is an `ObjectId`, a `Uuid`, a string or an integer, and never optional"
)]
pub trait PrimaryKey: Property {
    /// What the generated code names, so that the bound is checked once, at the type.
    #[doc(hidden)]
    const IS_PRIMARY_KEY: bool = true;
}

/// A type that can be the time of a time series: an instant, always present.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the time of a time series",
    label = "not a date",
    note = "the time is a `DateTime`, a `SystemTime` or an instant of chrono, time or jiff, and \
            never optional"
)]
pub trait DateProperty: Property {
    /// What the generated code names, so that the bound is checked once, at the type.
    #[doc(hidden)]
    const IS_DATE: bool = true;
}
