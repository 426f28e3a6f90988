//! Why an asymmetric class can be no part of another object.

use std::marker::PhantomData;

/// An object that is not the asymmetric object itself: asymmetric or embedded.
///
/// The lifetime lets conditions on it stand in generated code where they do not hold.
#[derive(Debug)]
pub struct AnotherObject<'a>(PhantomData<&'a ()>);

/// Holds for no asymmetric class: each would be a [`Property`](super::Property) if it did.
#[diagnostic::on_unimplemented(
    message = "`{Class}` is an asymmetric class and cannot be part of another object",
    label = "`{Class}` can be neither embedded nor collected",
    note = "asymmetric objects are sent one by one and leave the device: if the data belongs to \
            the object, declare a struct with `#[embedded]`; otherwise store the primary key"
)]
pub trait MayHold<Class: ?Sized> {}

/// Stands for what an object may hold; the compiler names it beside the class that it may not.
#[derive(Debug)]
pub enum AnEmbeddedObject {}

impl MayHold<AnEmbeddedObject> for AnotherObject<'_> {}

/// The only type that has what realms refuse: without any, the compiler would suggest to write the
/// first implementation.
#[derive(Debug)]
pub enum Nothing {}
