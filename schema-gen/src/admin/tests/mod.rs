//! Conversations with a server, word for word. They are as the reference of the Admin API tells what
//! servers answer; `cli/tests/admin/` holds the same requests against a gateway.

mod conversation;

use asymmetric_schema::{
    ClassDocument, Granularity, Lock, ObjectSchema, PropertySchema, PropertyType, TimeSeries,
};

use self::conversation::Conversation;
use super::*;

const PROJECT: &str = "65f0c0ffee00000000000003";

const ID: &[PropertySchema] = &[
    PropertySchema::new("_id", PropertyType::ObjectId),
    PropertySchema::new("celsius", PropertyType::Double).optional(),
];

fn reading() -> ClassDocument {
    let class = ObjectSchema::new("Reading", ID).in_database("telemetry").in_collection("readings");
    ClassDocument::from(&class)
}

async fn log_in(server: &Conversation) -> AdminClient {
    AdminClient::log_in(&server.url(), &KeyPair::new("public", "private")).await.unwrap()
}

fn app() -> App {
    App {
        id: "65f0c0ffee00000000000010".to_owned(),
        client_app_id: "telemetry-abcde".to_owned(),
        name: "telemetry".to_owned(),
        project: PROJECT.to_owned(),
    }
}

#[tokio::test]
async fn app_is_found_by_its_client_app_id_or_its_name() {
    let server = Conversation::start(include_str!("conversations/find_app.txt"));
    let mut client = log_in(&server).await;
    assert_eq!(client.only_project().await.unwrap(), PROJECT);
    assert_eq!(client.app(PROJECT, "telemetry-abcde").await.unwrap(), app());
    assert_eq!(client.app(PROJECT, "telemetry").await.unwrap(), app());
    let error = client.app(PROJECT, "weather").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "0 apps are called `weather`; there are: telemetry-abcde, invoices-abcde"
    );
    server.end();
}

#[tokio::test]
async fn wrong_key_is_told_in_the_words_of_the_server() {
    let server = Conversation::start(include_str!("conversations/wrong_key.txt"));
    let keys = KeyPair::new("public", "private");
    let error = AdminClient::log_in(&server.url(), &keys).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the server answers 401 InvalidPassword: invalid username/password"
    );
    assert!(!format!("{keys:?}").contains("private\""));
    server.end();
}

#[tokio::test]
async fn session_that_ran_out_is_renewed_and_the_request_sent_again() {
    let server = Conversation::start(include_str!("conversations/renewed.txt"));
    let mut client = log_in(&server).await;
    assert_eq!(client.apps(PROJECT).await.unwrap(), []);
    // A refresh token that is not valid any more ends it.
    let error = client.apps(PROJECT).await.unwrap_err();
    assert!(matches!(error, AdminError::Refused { status: 401, .. }), "{error}");
    server.end();
}

/// What a push does, from reading the server to the last request.
async fn push(
    client: &mut AdminClient,
    class: &ClassDocument,
    confirmed: bool,
) -> (PushPlan, Result<(), AdminError>) {
    let server = client.schemas(&app()).await.unwrap();
    let plan = PushPlan::new(&server, std::slice::from_ref(class));
    let draft = client.begin_draft(&app()).await.unwrap();
    let mut done = Ok(());
    for step in &plan.steps {
        done = client.apply(&app(), step, confirmed).await;
        if done.is_err() {
            break;
        }
    }
    match (&done, draft) {
        (Ok(()), Some(draft)) => {
            let id = client.deploy_draft(&app(), &draft, "push").await.unwrap();
            while client.deployment(&app(), &id).await.unwrap() == DeploymentStatus::Pending {}
        }
        (Err(_), Some(draft)) => client.discard_draft(&app(), &draft).await.unwrap(),
        (_, None) => {}
    }
    (plan, done)
}

#[tokio::test]
async fn first_push_makes_data_source_schema_and_synchronisation() {
    let server = Conversation::start(include_str!("conversations/first_push.txt"));
    let mut client = log_in(&server).await;
    let (plan, done) = push(&mut client, &reading(), false).await;
    done.unwrap();
    let steps: Vec<String> = plan.steps.iter().map(ToString::to_string).collect();
    assert_eq!(
        steps,
        [
            "create data source mongodb-atlas",
            "create schema Reading in mongodb-atlas/telemetry/readings",
            "list asymmetric tables of mongodb-atlas: readings",
        ]
    );
    server.end();
}

#[tokio::test]
async fn push_of_what_the_app_has_already_does_nothing() {
    let server = Conversation::start(include_str!("conversations/same.txt"));
    let mut client = log_in(&server).await;
    let schemas = client.schemas(&app()).await.unwrap();
    let plan = PushPlan::new(&schemas, &[reading()]);
    assert_eq!((plan.findings.len(), plan.steps), (0, Vec::new()));
    server.end();
}

/// The class as a time series. Its schema is the same.
fn time_series() -> ClassDocument {
    reading().with_time_series(Some(TimeSeries {
        time: "at".to_owned().into(),
        meta: Some("station".to_owned().into()),
        granularity: Granularity::Hours,
    }))
}

const SET: &str =
    "make mongodb-atlas/telemetry/readings a time series by at of each station, in hours";

#[tokio::test]
async fn server_with_a_place_for_time_series_is_told_of_them() {
    let server = Conversation::start(include_str!("conversations/time_series.txt"));
    let mut client = log_in(&server).await;
    let (plan, done) = push(&mut client, &time_series(), false).await;
    done.unwrap();
    let steps: Vec<String> = plan.steps.iter().map(ToString::to_string).collect();
    assert_eq!((plan.findings, plan.unsaid, steps), (Vec::new(), Vec::new(), vec![SET.to_owned()]));
    server.end();
}

#[tokio::test]
async fn server_without_a_place_for_time_series_is_told_nothing_of_them() {
    let server = Conversation::start(include_str!("conversations/time_series_unsaid.txt"));
    let mut client = log_in(&server).await;
    let (plan, done) = push(&mut client, &time_series(), false).await;
    done.unwrap();
    assert_eq!((plan.findings, plan.steps), (Vec::new(), Vec::new()));
    assert_eq!(plan.unsaid, [time_series().place]);
    server.end();
}

#[tokio::test]
async fn server_that_turns_out_to_have_no_place_for_time_series_gets_the_rest() {
    let server = Conversation::start(include_str!("conversations/time_series_unknown.txt"));
    let mut client = log_in(&server).await;
    let schemas = client.schemas(&app()).await.unwrap();
    let plan = PushPlan::new(&schemas, &[time_series()]);
    assert_eq!(client.begin_draft(&app()).await.unwrap(), None);
    let mut refused = Vec::new();
    for step in &plan.steps {
        match client.apply(&app(), step, false).await {
            Err(AdminError::NoTimeSeries) => refused.push(step.to_string()),
            done => done.unwrap(),
        }
    }
    assert_eq!(refused, [SET]);
    server.end();
}

#[tokio::test]
async fn server_is_told_of_accepted_versions_that_it_does_not_know() {
    let mut ours = Lock::default();
    ours.accept("Telemetry", &[reading()]).unwrap();
    let body = serde_json::json!({ "lock": ours.to_string() }).to_string();
    let text = include_str!("conversations/schema_lock.txt").replace("LOCK", &body);
    let server = Conversation::start(&text);
    let mut client = log_in(&server).await;
    assert_eq!(client.schema_lock(&app()).await.unwrap(), None, "App Services has no place");
    let known = client.schema_lock(&app()).await.unwrap().unwrap();

    let mut plan = PushPlan::new(&ServerSchemas::default(), &[]);
    plan.add_lock(&ours, ours.clone());
    assert_eq!(plan.steps, []);
    plan.add_lock(&known, ours);
    assert_eq!(plan.steps[0].to_string(), "send the schema lock, 1 of it new");
    client.apply(&app(), &plan.steps[0], false).await.unwrap();
    server.end();
}

#[tokio::test]
async fn change_of_the_asymmetric_tables_of_a_running_app_has_to_be_confirmed() {
    let server = Conversation::start(include_str!("conversations/unconfirmed.txt"));
    let mut client = log_in(&server).await;
    let (plan, done) = push(&mut client, &reading(), false).await;
    assert!(matches!(done, Err(AdminError::Unconfirmed)), "{done:?}");
    let findings: Vec<String> = plan.findings.iter().map(ToString::to_string).collect();
    assert_eq!(
        findings,
        [
            "asymmetric_changed at Reading: an ordinary class became write-only",
            "property_added at Reading.celsius: a new property: double",
        ]
    );
    server.end();
    let server = Conversation::start(include_str!("conversations/confirmed.txt"));
    let mut client = log_in(&server).await;
    push(&mut client, &reading(), true).await.1.unwrap();
    server.end();
}

#[tokio::test]
async fn draft_of_somebody_else_is_left_alone() {
    let server = Conversation::start(include_str!("conversations/draft_exists.txt"));
    let mut client = log_in(&server).await;
    let error = client.begin_draft(&app()).await.unwrap_err();
    assert!(matches!(error, AdminError::DraftExists), "{error}");
    server.end();
}

#[tokio::test]
async fn server_that_is_none_is_told() {
    let keys = KeyPair::new("public", "private");
    for url in ["gateway", "ftp://example.com", ""] {
        let error = AdminClient::log_in(url, &keys).await.unwrap_err();
        assert!(matches!(error, AdminError::InvalidUrl(_)), "{url}: {error}");
    }
}
