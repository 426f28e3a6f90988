//! Users, sessions and the tokens that stand for them.
//!
//! An access token is checked by its signature alone, so that every request needs no look into the
//! store; it stays good until it expires, even after a logout. A refresh token is good only as long
//! as the store has its session.

mod record;
mod token;
mod users;

pub(crate) use self::{
    token::{Access, TokenError},
    users::{Auth, AuthError},
};
