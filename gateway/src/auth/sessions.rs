//! Refresh and logout.

use std::net::IpAddr;

use asymmetric_protocol::client_api::SessionResponse;
use bson::{DateTime, oid::ObjectId};

use super::{
    Access, Auth, AuthError,
    record::{AccountToken, Session, User},
    secret,
};
use crate::apps::Apps;

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

impl Auth {
    /// A new access token for the session of a refresh token.
    pub(crate) async fn refresh(
        &self,
        apps: &Apps,
        token: &str,
        address: Option<IpAddr>,
    ) -> Result<SessionResponse, AuthError> {
        let (session, user) = self.session_of(token).await?;
        let custom_data = match apps.of_domain(user.domain_id) {
            Some(app) => {
                app.check_address(address)?;
                self.custom_data(&app, user.id).await?
            }
            None => bson::Document::new(),
        };
        Ok(SessionResponse { access_token: self.keys.access(&session, &custom_data)? })
    }

    /// The user that a refresh token speaks for.
    pub(crate) async fn user_of_refresh_token(&self, token: &str) -> Result<User, AuthError> {
        self.session_of(token).await.map(|(_, user)| user)
    }

    async fn session_of(&self, token: &str) -> Result<(Session, User), AuthError> {
        let session = self.find_session(token).await?;
        let user: Option<User> = self.records.get(session.user_id).await?;
        let user = user.ok_or(AuthError::SessionEnded)?;
        if user.has_revoked(&session) {
            return Err(AuthError::SessionEnded);
        }
        if user.disabled { Err(AuthError::UserDisabled) } else { Ok((session, user)) }
    }

    /// What an access token says, if the session that it was made for goes on.
    pub(crate) async fn inspect(&self, token: &str) -> Result<Access, AuthError> {
        let access = self.keys.verify_access(token)?;
        let session: Option<Session> = self.records.get(access.session_id).await?;
        let user = self.enabled_user(access.domain_id, access.user_id).await;
        let user = user.map_err(|error| match error {
            AuthError::UserNotFound | AuthError::UserDisabled => AuthError::SessionEnded,
            error => error,
        })?;
        let lasts = session.is_some_and(|session| !user.has_revoked(&session));
        if lasts { Ok(access) } else { Err(AuthError::SessionEnded) }
    }

    /// Ends the session of a refresh token.
    pub(crate) async fn log_out(&self, token: &str) -> Result<(), AuthError> {
        let session = self.find_session(token).await?;
        let ended = self.records.delete::<Session>(session.id).await?;
        if ended { Ok(()) } else { Err(AuthError::SessionEnded) }
    }

    /// Removes what is left of sessions and tokens that expired more than a day ago, whatever the
    /// clocks of gateways say. Answers how many.
    pub(crate) async fn expire(&self) -> Result<u64, AuthError> {
        let before = DateTime::from_millis(DateTime::now().timestamp_millis() - DAY_MILLIS);
        let sessions = self.records.expire::<Session>(before).await?;
        Ok(sessions + self.records.expire::<AccountToken>(before).await?)
    }

    async fn find_session(&self, token: &str) -> Result<Session, AuthError> {
        let id: ObjectId = self.keys.verify_refresh(token)?;
        let session: Session = self.records.get(id).await?.ok_or(AuthError::SessionEnded)?;
        // Sessions of earlier versions have no hash; their tokens are signed all the same.
        match &session.token {
            Some(hash) if !secret::matches(token, hash) => Err(AuthError::SessionEnded),
            _ => Ok(session),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::World;

    #[tokio::test]
    async fn only_what_expired_long_ago_is_removed() {
        let world = World::new().await;
        let auth = world.gateway.auth();
        let mut tokens = Vec::new();
        // Hours since its end: one is over for long, one for an hour, one is not.
        for hours in [48, 1, -48] {
            let login = world.log_in().await;
            let token = login["refresh_token"].as_str().unwrap().to_owned();
            let id = auth.keys.verify_refresh(&token).unwrap();
            let end = |session: &mut Session| {
                assert!(session.expires_at > Some(DateTime::now()));
                let end = DateTime::now().timestamp_millis() - hours * 60 * 60 * 1000;
                session.expires_at = Some(DateTime::from_millis(end));
                true
            };
            auth.records.update(id, end).await.unwrap();
            tokens.push(token);
        }
        assert_eq!(auth.expire().await.unwrap(), 1);
        assert_eq!(auth.expire().await.unwrap(), 0);
        let gone = auth.user_of_refresh_token(&tokens[0]).await;
        assert!(matches!(gone, Err(AuthError::SessionEnded)));
        for token in &tokens[1..] {
            auth.user_of_refresh_token(token).await.unwrap();
        }
    }
}
