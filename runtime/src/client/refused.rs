//! Methods that a realm does not have, for people who come from a database that does.
//!
//! | reached for | instead |
//! |---|---|
//! | `objects`, `object_for_primary_key`, `find`, `query` | read in MongoDB; on the device, see [`SyncSession`](crate::SyncSession) |
//! | `add`, `insert`, `ingest` | [`Realm::create`], [`Transaction::create`] |
//! | `add_or_update`, `update` | create another object; update in MongoDB |
//! | `delete`, `delete_all` | nothing: objects leave by themselves |
//! | `subscribe`, `subscriptions` | nothing: all classes are uploaded |
//!
//! Each exists to carry a message: its bound never holds, so that calling it is an error of the
//! compiler that says why and what to do instead. What a call would return is an associated type of
//! that bound, which keeps everything that is done with the result from being reported too.

use super::{Realm, Transaction};
use crate::model::Nothing;

/// Why a class can be read from no realm.
#[diagnostic::on_unimplemented(
    message = "asymmetric objects cannot be read from a realm",
    label = "a realm is write-only",
    note = "objects leave the device as soon as the server has made them durable: read them in \
            MongoDB, from the collection of their class",
    note = "to see how many are still on the device, use `realm.sync_session().progress()`"
)]
pub trait ReadableObject {
    /// What reading would return.
    type Output;
}

/// Why an object can be changed in no realm.
#[diagnostic::on_unimplemented(
    message = "asymmetric objects cannot be updated",
    label = "a realm is write-only",
    note = "`create` moves an object into the realm for good, and the first object with a primary \
            key wins: create another one under a new key, or update it in MongoDB"
)]
pub trait UpdatableObject {
    /// What updating would return.
    type Output;
}

/// Why an object can be deleted from no realm.
#[diagnostic::on_unimplemented(
    message = "asymmetric objects cannot be deleted from a realm",
    label = "a realm is write-only",
    note = "objects leave the device by themselves as soon as the server has made them durable; \
            delete them in MongoDB, or let them expire there"
)]
pub trait DeletableObject {
    /// What deleting would return.
    type Output;
}

/// Why a realm has no subscriptions.
#[diagnostic::on_unimplemented(
    message = "a realm of asymmetric objects has no subscriptions",
    label = "a realm is write-only",
    note = "nothing is ever downloaded, and all classes of the realm schema are uploaded: remove \
            the subscription"
)]
pub trait SubscribableObject {
    /// What subscribing would return.
    type Output;
}

/// Why a realm has no set of subscriptions either.
///
/// The set is a parameter and no associated type: the compiler works out what a method returns
/// while it looks for the method, and where that fails, it says that there is no such method.
#[diagnostic::on_unimplemented(
    message = "a realm of asymmetric objects has no subscriptions",
    label = "a realm is write-only",
    note = "nothing is ever downloaded, and all classes of the realm schema are uploaded: remove \
            what is done with the subscriptions"
)]
pub trait SubscribableSchema<Set> {}

/// How objects are written, for those who know it by another name.
#[diagnostic::on_unimplemented(
    message = "objects are written with `create`",
    label = "moved in with `create`, never seen again",
    note = "write `realm.create(object)`, or `realm.write(|tx| tx.create(object))` for several"
)]
pub trait ObjectToCreate {
    /// What creating would return.
    type Output;
}

// Without any implementor, the compiler would suggest to write the first.

#[diagnostic::do_not_recommend]
impl ReadableObject for Nothing {
    type Output = Self;
}

#[diagnostic::do_not_recommend]
impl UpdatableObject for Nothing {
    type Output = Self;
}

#[diagnostic::do_not_recommend]
impl DeletableObject for Nothing {
    type Output = Self;
}

#[diagnostic::do_not_recommend]
impl SubscribableObject for Nothing {
    type Output = Self;
}

#[diagnostic::do_not_recommend]
impl SubscribableSchema<Nothing> for Nothing {}

#[diagnostic::do_not_recommend]
impl ObjectToCreate for Nothing {
    type Output = Self;
}

/// Nobody gets here: the bounds of all callers are those above.
fn refused() -> ! {
    unreachable!("the bounds of refused methods never hold")
}

#[doc(hidden)]
impl<S> Realm<S> {
    pub fn objects<T: ReadableObject>(&self) -> T::Output {
        refused()
    }

    pub fn object_for_primary_key<T: ReadableObject>(&self, _: impl Sized) -> T::Output {
        refused()
    }

    pub fn find<T: ReadableObject>(&self, _: impl Sized) -> T::Output {
        refused()
    }

    pub fn query<T: ReadableObject>(&self, _: impl Sized) -> T::Output {
        refused()
    }

    pub fn add_or_update<T: UpdatableObject>(&self, _: T) -> T::Output {
        refused()
    }

    pub fn update<T: UpdatableObject>(&self, _: T) -> T::Output {
        refused()
    }

    pub fn delete<T: DeletableObject>(&self, _: T) -> T::Output {
        refused()
    }

    pub fn delete_all<T: DeletableObject>(&self) -> T::Output {
        refused()
    }

    pub fn subscribe<T: SubscribableObject>(&self) -> T::Output {
        refused()
    }

    pub fn subscriptions<Set>(&self) -> Set
    where
        S: SubscribableSchema<Set>,
    {
        refused()
    }

    pub fn add<T: ObjectToCreate>(&self, _: T) -> T::Output {
        refused()
    }

    pub fn insert<T: ObjectToCreate>(&self, _: T) -> T::Output {
        refused()
    }

    pub fn ingest<T: ObjectToCreate>(&self, _: T) -> T::Output {
        refused()
    }
}

#[doc(hidden)]
impl<S> Transaction<'_, S> {
    pub fn objects<T: ReadableObject>(&self) -> T::Output {
        refused()
    }

    pub fn object_for_primary_key<T: ReadableObject>(&self, _: impl Sized) -> T::Output {
        refused()
    }

    pub fn find<T: ReadableObject>(&self, _: impl Sized) -> T::Output {
        refused()
    }

    pub fn query<T: ReadableObject>(&self, _: impl Sized) -> T::Output {
        refused()
    }

    pub fn add_or_update<T: UpdatableObject>(&self, _: T) -> T::Output {
        refused()
    }

    pub fn update<T: UpdatableObject>(&self, _: T) -> T::Output {
        refused()
    }

    pub fn delete<T: DeletableObject>(&self, _: T) -> T::Output {
        refused()
    }

    pub fn delete_all<T: DeletableObject>(&self) -> T::Output {
        refused()
    }

    pub fn add<T: ObjectToCreate>(&self, _: T) -> T::Output {
        refused()
    }

    pub fn insert<T: ObjectToCreate>(&self, _: T) -> T::Output {
        refused()
    }

    pub fn ingest<T: ObjectToCreate>(&self, _: T) -> T::Output {
        refused()
    }
}
