//! How a user proves who they are.

use asymmetric_protocol::client_api::{AnonymousLogin, Device, LoginOptions};

/// How a user proves who they are.
#[derive(Clone, Debug)]
pub struct Credentials(Kind);

#[derive(Clone, Copy, Debug)]
enum Kind {
    Anonymous,
}

impl Credentials {
    /// A new user that nobody has to prove anything for. The app must allow anonymous users.
    #[must_use]
    pub const fn anonymous() -> Self {
        Self(Kind::Anonymous)
    }

    /// Name of the authentication provider, as it stands in the path of the login.
    pub(super) const fn provider(&self) -> &'static str {
        match self.0 {
            Kind::Anonymous => "anon-user",
        }
    }

    /// Body of the login.
    pub(super) fn body(&self, device: Device) -> impl serde::Serialize + use<> {
        match self.0 {
            Kind::Anonymous => AnonymousLogin {
                provider: self.provider().to_owned(),
                options: LoginOptions { device },
            },
        }
    }
}
