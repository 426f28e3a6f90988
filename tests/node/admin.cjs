// Configures an app by atlas-app-services-admin-api, the way an operator's program does.
"use strict";

const assert = require("node:assert/strict");
const { AtlasAppServicesClient } = require("atlas-app-services-admin-api");

const [GATEWAY_URL, ADMIN_NAME, ADMIN_SECRET] = process.argv.slice(2);

async function refused(status, code, call) {
  const error = await call.then(
    () => assert.fail(`not refused: ${code}`),
    (error) => error,
  );
  assert.equal(error.response?.status, status, `${error.message} ${JSON.stringify(error.response?.data)}`);
  assert.equal(error.response.data.error_code, code);
}

async function main() {
  const settings = {
    publicKey: ADMIN_NAME,
    privateKey: ADMIN_SECRET,
    baseUrl: `${GATEWAY_URL}/api/admin/v3.0`,
  };
  const wrong = new AtlasAppServicesClient({ ...settings, privateKey: "wrong", groupId: "0" });
  await refused(401, "InvalidPassword", wrong.initialize());

  // The project is found in the profile.
  const client = new AtlasAppServicesClient(settings);
  await client.doAdminLogin();
  const admin = await client.atlasAdminApi();
  assert.equal((await admin.getAdminAuthProviders()).data[0].type, "mongodb-cloud");
  const profile = (await admin.getAdminProfile()).data;
  client.groupId = profile.roles[0].group_id;
  const g = client.groupId;

  const apps = await client.atlasAppsApi();
  const made = await apps.adminCreateApplication(g, { name: "telemetry" });
  assert.equal(made.status, 201);
  await client.initialize();
  assert.equal(client.appId, made.data._id);
  assert.equal(client.clientAppId, made.data.client_app_id);
  const a = client.appId;
  assert.equal((await apps.adminGetApplication(g, a)).data.name, "telemetry");
  await refused(404, "AppNotFound", apps.adminGetApplication(g, "65f0c0ffee00000000000010"));

  const functions = await client.atlasFunctionsApi();
  const source = "exports = () => ({ status: 'success' });";
  const made2 = await functions.adminCreateFunction(g, a, { name: "onConfirm", private: true, source });
  const fn = (await functions.adminGetFunction(g, a, made2.data._id)).data;
  assert.equal(fn.source, source);
  assert.equal((await functions.adminListFunctions(g, a)).data.length, 1);

  const providers = await client.atlasAuthprovidersApi();
  const [apiKey] = (await providers.adminListAuthProviders(g, a)).data;
  assert.deepEqual([apiKey.type, apiKey.disabled], ["api-key", true]);
  await providers.adminEnableAuthProvider(g, a, apiKey._id);
  const anonymous = (await providers.adminCreateAuthProvider(g, a, { type: "anon-user" })).data;
  const userpass = { type: "local-userpass", config: { autoConfirm: true } };
  const email = (await providers.adminCreateAuthProvider(g, a, userpass)).data;
  const config = { config: { emailConfirmationUrl: "https://app.example.com" } };
  await providers.adminUpdateAuthProvider(g, a, email._id, config);
  const merged = (await providers.adminGetAuthProvider(g, a, email._id)).data.config;
  assert.deepEqual(merged, { autoConfirm: true, ...config.config });
  await providers.adminDisableAuthProvider(g, a, anonymous._id);
  await providers.adminDeleteAuthProvider(g, a, anonymous._id);
  await refused(404, "AuthProviderNotFound", providers.adminGetAuthProvider(g, a, anonymous._id));

  const secrets = await client.atlasSecretsApi();
  const secret = (await secrets.adminCreateASecret(g, a, { name: "key", value: "one" })).data;
  await secrets.adminModifyASecret(g, a, secret._id, { name: "key", value: "two" });
  assert.deepEqual((await secrets.adminGetAllSecrets(g, a)).data, [{ _id: secret._id, name: "key" }]);

  const services = await client.atlasServicesApi();
  const service = (await services.adminCreateService(g, a, {
    name: "mongodb-atlas",
    type: "mongodb-atlas",
    config: {
      clusterName: "Cluster0",
      flexible_sync: { type: "flexible", database_name: "telemetry", asymmetric_tables: ["readings"] },
    },
  })).data;
  const s = service._id;
  assert.equal((await services.adminGetService(g, a, s)).data.name, "mongodb-atlas");
  const rules = await client.atlasRulesApi();
  const role = { name: "all", apply_when: {}, write: true, read: true, insert: true, delete: true };
  const defaultRule = (await rules.adminCreateDefaultRule(g, a, s, { roles: [role], filters: [] })).data;
  await rules.adminUpdateDefaultRule(g, a, s, { ...defaultRule, roles: [] });
  const rule = { database: "telemetry", collection: "readings", roles: [role], filters: [] };
  const ruleId = (await rules.adminCreateRule(g, a, s, rule)).data._id;
  await refused(409, "RuleAlreadyExists", rules.adminCreateRule(g, a, s, rule));
  await rules.adminUpdateRule(g, a, s, ruleId, { ...rule, roles: [{ ...role, name: "device" }] });
  assert.equal((await rules.adminGetRule(g, a, s, ruleId)).data.roles[0].name, "device");
  assert.equal((await rules.adminListRules(g, a, s)).data.length, 1);

  const schemas = await client.atlasSchemasApi();
  const metadata = { data_source: "mongodb-atlas", database: "telemetry", collection: "readings" };
  const schema = (properties) => ({
    metadata,
    schema: { title: "Reading", bsonType: "object", required: ["_id"], properties },
    relationships: {},
  });
  const key = { _id: { bsonType: "objectId" } };
  const schemaId = (await schemas.adminCreateSchema(g, a, schema(key))).data._id;
  await schemas.adminUpdateSchema(g, a, schemaId, schema({ ...key, celsius: { bsonType: "double" } }));
  const read = (await schemas.adminGetSchema(g, a, schemaId)).data;
  assert.deepEqual(read.schema.properties.celsius, { bsonType: "double" });
  assert.deepEqual((await schemas.adminListSchemas(g, a)).data[0].metadata, metadata);
  await schemas.adminSetNullTypeSchemaValidationSetting(g, a, { enabled: true });
  assert.equal((await schemas.adminGetNullTypeSchemaValidationSetting(g, a)).data.enabled, true);

  const enabled = { data: { flexible_sync: { state: "enabled" } } };
  await services.adminUpdateServiceConfig(g, a, s, enabled);
  const sync = await client.atlasSyncApi();
  const flexible = (await sync.adminGetFlexSync(g, a, s)).data.flexible_sync;
  assert.deepEqual([flexible.state, flexible.asymmetric_tables], ["enabled", ["readings"]]);

  const environments = await client.atlasEnvironmentsApi();
  const value = { name: "url", values: { testing: "https://t.example.com" } };
  const valueId = (await environments.adminCreateEnvironmentValue(g, a, value)).data._id;
  assert.equal((await environments.adminGetEnvironmentValue(g, a, valueId)).data.name, "url");
  await environments.adminSetEnvironment(g, a, { environment: "testing" });
  const userData = await client.atlasCustomUserDataApi();
  await userData.adminSetCustomUserDataConfig(g, a, {
    enabled: true,
    mongo_service_id: s,
    database_name: "telemetry",
    collection_name: "users",
    user_id_field: "owner_id",
  });
  assert.equal((await userData.adminGetCustomUserDataConfig(g, a)).data.mongo_service_id, s);
  const dataApi = await client.atlasDataApiApi();
  await dataApi.adminCreateDataApiConfig(g, a, { versions: ["v1"], disabled: false });
  assert.deepEqual((await dataApi.adminGetDataApiVersions(g, a)).data, ["v1"]);
  const security = await client.atlasSecurityApi();
  await security.adminSetRefreshTokenExpiration(g, a, { expiration_time_seconds: 3600 });
  const expiration = (await security.adminGetRefreshTokenExpiration(g, a)).data;
  assert.equal(expiration.expiration_time_seconds, 3600);
  await security.adminSetAllowedRequestOrigins(g, a, ["https://app.example.com"]);

  const deploy = await client.atlasDeployApi();
  const draft = (await deploy.adminCreateDeploymentDraft(g, a)).data;
  await refused(409, "DraftAlreadyExists", deploy.adminCreateDeploymentDraft(g, a));
  await functions.adminCreateFunction(g, a, { name: "drafted", source });
  const diff = (await deploy.adminDeployDraftDiff(g, a, draft._id)).data;
  assert.ok(diff.diffs.some((text) => text.includes("functions/drafted.js")));
  const deployment = (await deploy.adminDeployDraft(g, a, draft._id, { name: "first" })).data;
  const shown = (await deploy.adminGetDeployment(g, a, deployment._id)).data;
  assert.deepEqual([shown.status, shown.name], ["successful", "first"]);
  assert.equal((await deploy.adminListDeployments(g, a)).data.length, 1);

  const security2 = (await security.allowedIPAccessListCreate(g, a, { address: "127.0.0.0/8" })).data;
  assert.equal((await security.allowedIPAccessListGet(g, a)).data.allowed_ips[0]._id, security2._id);
  await security.allowedIPAccessListUpdate(g, a, security2._id, { address: "127.0.0.1", comment: "here" });
  assert.equal((await security.allowedIPAccessListGet(g, a)).data.allowed_ips[0].comment, "here");

  const users = await client.atlasUsersApi();
  const ann = { email: "ann@example.com", password: "correct horse" };
  const created = await users.adminCreateUser(g, a, ann);
  assert.equal(created.status, 201);
  const u = created.data._id;
  assert.deepEqual((await users.adminGetUser(g, a, u)).data.data, { email: ann.email });
  await refused(409, "AccountNameInUse", users.adminCreateUser(g, a, ann));
  const logIn = async () => {
    const url = `${GATEWAY_URL}/api/client/v2.0/app/${client.clientAppId}/auth/providers/local-userpass/login`;
    const body = JSON.stringify({ username: ann.email, password: ann.password });
    const answer = await fetch(url, { method: "POST", body });
    return { status: answer.status, ...(await answer.json()) };
  };
  const login = await logIn();
  assert.equal(login.user_id, u);
  const verified = await users.adminVerifyUserAccessToken(g, a, { token: login.access_token });
  assert.equal(verified.data.sub, u);
  assert.equal((await users.adminListDevices(g, a, u)).data[0]._id, login.device_id);
  await users.adminUserLogout(g, a, u);
  const token = { token: login.access_token };
  await refused(401, "InvalidSession", users.adminVerifyUserAccessToken(g, a, token));
  await users.adminDisableUser(g, a, u);
  assert.equal((await logIn()).error_code, "UserDisabled");
  await users.adminEnableUser(g, a, u);
  ann.email = "ann@example.org";
  await users.adminResetUserEmail(g, a, u, { email: ann.email });
  assert.equal((await logIn()).user_id, u);
  assert.deepEqual((await users.adminListPendingUsers(g, a)).data, []);
  const emails = await client.atlasEmailApi();
  await refused(400, "UserAlreadyConfirmed", emails.adminRerunPendingUserConfirmation(g, a, ann.email));
  const executed = (await functions.adminExecuteFunction(u, undefined, g, a, { name: "onConfirm" })).data;
  assert.deepEqual([executed.result, executed.error], [{ status: "success" }, null]);
  await users.adminDeleteUser(g, a, u);
  await refused(404, "UserNotFound", users.adminGetUser(g, a, u));

  const keys = await client.atlasApikeysApi();
  const serverKey = (await keys.adminCreateApiKey(g, a, { name: "edge-01" })).data;
  assert.equal(serverKey.key.length, 64);
  await keys.adminDisableApiKey(g, a, serverKey._id);
  const disabled = { _id: serverKey._id, name: "edge-01", disabled: true };
  assert.deepEqual((await keys.adminListApiKeys(g, a)).data, [disabled]);
  await keys.adminEnableApiKey(g, a, serverKey._id);
  await keys.adminDeleteApiKey(g, a, serverKey._id);
  await refused(404, "APIKeyNotFound", keys.adminGetApiKey(g, a, serverKey._id));

  const triggers = await client.atlasTriggersApi();
  const nightly = { name: "nightly", type: "SCHEDULED", config: { schedule: "0 0 * * *" } };
  const trigger = (await triggers.adminCreateTrigger(g, a, nightly)).data;
  assert.deepEqual((await triggers.adminGetTrigger(g, a, trigger._id)).data, trigger);
  await triggers.adminDeleteTrigger(g, a, trigger._id);
  const endpoints = await client.atlasEndpointsApi();
  const hook = { route: "/hook", http_method: "POST", function_id: made2.data._id };
  const endpoint = (await endpoints.adminCreateEndpoint(g, a, hook)).data;
  assert.equal(endpoint.function_name, "onConfirm");
  await endpoints.adminDeleteEndpoint(g, a, endpoint._id);

  const sample = { database_name: "telemetry", collection_name: "readings", limit: 10 };
  const generated = (await services.adminGenerateSchema(g, a, s, sample)).data.schema;
  assert.deepEqual([generated.title, generated.bsonType], ["readings", "object"]);
  const validation = (await schemas.adminValidateDocuments(g, a, s, { ...sample, from_schema: generated })).data;
  assert.equal(validation.total_processed_count, 0);

  const logs = await client.atlasLogsApi();
  assert.ok((await logs.adminGetLogs(g, a)).data.logs.length > 10);
  assert.equal((await logs.adminGetLogs(g, a, undefined, "true")).data.logs[0].error_code, "APIKeyNotFound");
  const metrics = await client.atlasMetricsApi();
  const span = ["2025-09-01T00:00:00Z", "2025-09-30T00:00:00Z", "P31D"];
  assert.equal((await metrics.adminGetMetrics(g, a, ...span)).data.measurements[0].name, "request_count");

  await services.adminDeleteService(g, a, s);
  await apps.adminDeleteApplication(g, a);
  await refused(404, "AppNotFound", apps.adminGetApplication(g, a));
  console.log("ok");
}

main().catch((error) => {
  console.error(error.stack, error.response?.config?.method, error.response?.config?.url, error.response?.data);
  process.exit(1);
});
