//! Reading answers.

use std::time::{Duration, SystemTime};

use asymmetric_protocol::client_api::ErrorBody;
use reqwest::{
    Response, StatusCode,
    header::{DATE, HeaderMap, RETRY_AFTER},
};
use serde::de::DeserializeOwned;

use super::RequestError;

/// No answer to a request of ours is larger: an acknowledgement that rejects each object of a
/// batch with a long reason has a few megabytes.
const MAX_ANSWER_BYTES: usize = 32 * 1024 * 1024;
/// What is wrong fits in this, or is not worth reading.
const MAX_ERROR_BYTES: usize = 64 * 1024;

/// The response, if it is a success.
pub(super) async fn success(response: Response) -> Result<Response, RequestError> {
    if response.status().is_success() { Ok(response) } else { Err(refusal(response).await) }
}

/// The JSON body of a success.
pub(super) async fn json<T: DeserializeOwned>(response: Response) -> Result<T, RequestError> {
    let body = body(response, MAX_ANSWER_BYTES).await?;
    serde_json::from_slice(&body).map_err(|error| RequestError::Answer(error.into()))
}

async fn body(mut response: Response, limit: usize) -> Result<Vec<u8>, RequestError> {
    let mut body = Vec::new();
    while let Some(data) = response.chunk().await.map_err(RequestError::unanswered)? {
        if body.len() + data.len() > limit {
            let what = format!("more than {limit} bytes");
            return Err(RequestError::Answer(what.into()));
        }
        body.extend_from_slice(&data);
    }
    Ok(body)
}

async fn refusal(response: Response) -> RequestError {
    let status = response.status();
    let retry_after = retry_after(response.headers(), SystemTime::now());
    let body = match body(response, MAX_ERROR_BYTES).await {
        Ok(body) => serde_json::from_slice(&body).ok(),
        Err(_) => None,
    };
    let body = body.unwrap_or_else(|| ErrorBody {
        error: status.canonical_reason().unwrap_or("no reason given").to_owned(),
        error_code: String::new(),
        link: None,
    });
    RequestError::Refused {
        status: StatusCode::as_u16(&status),
        code: body.error_code,
        message: body.error,
        retry_after,
    }
}

/// What the server says of when to come back: seconds, or a date. A date is measured from the
/// server's own idea of now, if it tells: the clock of a device may be wrong.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let then = httpdate::parse_http_date(text).ok()?;
    let date = headers.get(DATE).and_then(|date| date.to_str().ok());
    let now = date.and_then(|date| httpdate::parse_http_date(date).ok()).unwrap_or(now);
    Some(then.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_retry_after_are_understood() {
        let now = SystemTime::UNIX_EPOCH;
        let of = |value: &str, date: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, value.parse().unwrap());
            if let Some(date) = date {
                headers.insert(DATE, date.parse().unwrap());
            }
            retry_after(&headers, now)
        };
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(of("120", None), seconds(120));
        assert_eq!(of("Thu, 01 Jan 1970 00:01:00 GMT", None), seconds(60));
        let date = Some("Wed, 21 Oct 2015 07:28:00 GMT");
        assert_eq!(of("Wed, 21 Oct 2015 07:28:30 GMT", date), seconds(30));
        // The past means now.
        assert_eq!(of("Wed, 21 Oct 2015 07:00:00 GMT", date), seconds(0));
        assert_eq!(of("soon", None), None);
        assert_eq!(of("-1", None), None);
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
