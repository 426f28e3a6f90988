//! Links to objects that live elsewhere.

use std::{fmt, marker::PhantomData};

use asymmetric_schema::{DEFAULT_DATA_SOURCE, DEFAULT_DATABASE, LinkTarget, PropertyType, Shared};

use super::{InvalidValue, ListElement, PrimaryKey, Property, SetElement};

/// A class whose objects live in MongoDB already: what a [`Link`] points to.
///
/// Implement it for a type of its own, which needs no values. It cannot be an asymmetric class:
/// asymmetric objects are gone from the device as soon as they are acknowledged, and App Services
/// refuses links to them.
///
/// # Examples
///
/// ```
/// use asymmetric::{Link, LinkedObject, ObjectId, asymmetric};
///
/// /// A weather station, kept by another program.
/// pub enum Station {}
///
/// impl LinkedObject for Station {
///     type PrimaryKey = String;
///     const TITLE: &'static str = "Station";
///     const DATABASE: &'static str = "telemetry";
/// }
///
/// #[asymmetric(database = "telemetry")]
/// pub struct Reading {
///     #[asymmetric(primary_key)]
///     pub id: ObjectId,
///     pub station: Link<Station>,
/// }
///
/// let reading = Reading { id: ObjectId::new(), station: Link::to("KJFK".to_owned()) };
/// # assert_eq!(reading.station.primary_key(), "KJFK");
/// ```
#[diagnostic::on_unimplemented(
    message = "nothing can link to `{Self}`",
    label = "not a class that lives elsewhere",
    note = "links point to objects that MongoDB keeps: implement `asymmetric::LinkedObject` for a \
            type that names their class",
    note = "an asymmetric class cannot be linked to: its objects leave the device for good; store \
            the primary key itself"
)]
pub trait LinkedObject {
    /// Type of the `_id` of the class.
    type PrimaryKey: PrimaryKey;

    /// Title of the class.
    const TITLE: &'static str;

    /// Its collection: the title, unless given.
    const COLLECTION: &'static str = Self::TITLE;

    /// Its database.
    const DATABASE: &'static str = DEFAULT_DATABASE;

    /// Its data source.
    const DATA_SOURCE: &'static str = DEFAULT_DATA_SOURCE;
}

/// The primary key of an object of class `T` that lives elsewhere.
///
/// Stored as that key; the schema adds the relationship. Nothing checks that the object exists.
pub struct Link<T: LinkedObject> {
    primary_key: T::PrimaryKey,
    /// The last field decides whether the compiler knows the size of a struct. This one is always
    /// known: a link to what is no linked object is reported where it stands, and nowhere else.
    _target: PhantomData<fn() -> T>,
}

impl<T: LinkedObject> Link<T> {
    /// A link to the object with this primary key.
    pub const fn to(primary_key: T::PrimaryKey) -> Self {
        Self { primary_key, _target: PhantomData }
    }

    /// The primary key linked to.
    pub const fn primary_key(&self) -> &T::PrimaryKey {
        &self.primary_key
    }
}

/// Carries the target, which needs an associated constant to be a `'static` value.
trait Target {
    const TARGET: LinkTarget;
}

impl<T: LinkedObject> Target for Link<T> {
    const TARGET: LinkTarget = LinkTarget {
        title: Shared::Static(T::TITLE),
        data_source: Shared::Static(T::DATA_SOURCE),
        database: Shared::Static(T::DATABASE),
        collection: Shared::Static(T::COLLECTION),
        primary_key: <T::PrimaryKey as Property>::TYPE,
    };
}

impl<T: LinkedObject> Property for Link<T> {
    const TYPE: PropertyType = PropertyType::Link(Shared::Static(&<Self as Target>::TARGET));
    const ELEMENT_TYPE: u8 = <T::PrimaryKey as Property>::ELEMENT_TYPE;

    #[inline]
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), InvalidValue> {
        self.primary_key.encode(out)
    }
}

impl<T: LinkedObject> ListElement for Link<T> {}

impl<T: LinkedObject> SetElement for Link<T> {}

// === what the primary key can do, without asking it of `T` ===

impl<T: LinkedObject<PrimaryKey: Clone>> Clone for Link<T> {
    fn clone(&self) -> Self {
        Self::to(self.primary_key.clone())
    }
}

impl<T: LinkedObject<PrimaryKey: Copy>> Copy for Link<T> {}

impl<T: LinkedObject<PrimaryKey: PartialEq>> PartialEq for Link<T> {
    fn eq(&self, other: &Self) -> bool {
        self.primary_key == other.primary_key
    }
}

impl<T: LinkedObject<PrimaryKey: Eq>> Eq for Link<T> {}

impl<T: LinkedObject<PrimaryKey: PartialOrd>> PartialOrd for Link<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.primary_key.partial_cmp(&other.primary_key)
    }
}

impl<T: LinkedObject<PrimaryKey: Ord>> Ord for Link<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.primary_key.cmp(&other.primary_key)
    }
}

impl<T: LinkedObject<PrimaryKey: std::hash::Hash>> std::hash::Hash for Link<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.primary_key.hash(state);
    }
}

impl<T: LinkedObject<PrimaryKey: fmt::Debug>> fmt::Debug for Link<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Link").field(&self.primary_key).finish()
    }
}
