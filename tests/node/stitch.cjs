// mongodb-stitch-server-sdk 4.9.0 against a gateway: the predecessor of realm-web, with another
// encoder and other habits.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const {
  AnonymousCredential, CustomCredential, FunctionCredential, RemoteMongoClient,
  ServerApiKeyCredential, Stitch, StitchAppClientConfiguration, UserApiKeyAuthProviderClient,
  UserApiKeyCredential, UserPasswordAuthProviderClient, UserPasswordCredential,
} = require("mongodb-stitch-server-sdk");

const [baseUrl, serverKey, jwt] = process.argv.slice(2);
const directory = fs.mkdtempSync(path.join(os.tmpdir(), "stitch-"));

const refused = (promise, name) => assert.rejects(promise, (error) => {
  assert.equal(error.errorCodeName, name, error.message);
  return true;
});

async function main() {
  const configuration = new StitchAppClientConfiguration.Builder()
    .withBaseUrl(baseUrl).withDataDirectory(directory).build();
  const client = Stitch.initializeAppClient("plant", configuration);

  const anonymous = await client.auth.loginWithCredential(new AnonymousCredential());
  assert.match(anonymous.id, /^[0-9a-f]{24}$/);
  const accounts = client.auth.getProviderClient(UserPasswordAuthProviderClient.factory);
  await accounts.registerWithEmail("bob@example.com", "correct horse");
  const credential = new UserPasswordCredential("bob@example.com", "correct horse");
  const linked = await anonymous.linkWithCredential(credential);
  assert.equal(linked.id, anonymous.id);
  await client.auth.logout();
  const bob = await client.auth.loginWithCredential(credential);
  assert.equal(bob.id, anonymous.id);
  assert.equal(bob.profile.email, "bob@example.com");

  const keys = client.auth.getProviderClient(UserApiKeyAuthProviderClient.factory);
  const key = await keys.createApiKey("stitch");
  assert.equal((await keys.fetchApiKeys()).length, 1);
  await keys.disableApiKey(key.id);
  await keys.enableApiKey(key.id);

  assert.equal(await client.callFunction("sum", [2, 40]), 42);
  await refused(client.callFunction("boom", []), "FunctionExecutionError");

  const mongo = client.getServiceClient(RemoteMongoClient.factory, "mongodb-atlas");
  const readings = mongo.db("plant").collection("readings");
  const inserted = await readings.insertOne({ celsius: 21.5 });
  assert.ok(inserted.insertedId);
  const many = await readings.insertMany([{ celsius: 1.5 }, { celsius: 2.5 }]);
  assert.equal(Object.keys(many.insertedIds).length, 2);
  await refused(readings.find({}).toArray(), "NoMatchingRuleFound");
  const notes = mongo.db("plant").collection("notes");
  await notes.insertOne({ owner: bob.id, n: 1 });
  assert.equal((await notes.find({ n: 1 }).toArray()).length, 1);
  assert.equal(await notes.count({}), 1);
  assert.equal((await notes.updateOne({ n: 1 }, { $set: { n: 2 } })).modifiedCount, 1);
  assert.equal((await notes.findOneAndDelete({ n: 2 })).n, 2);
  assert.equal((await notes.deleteMany({ n: 2 })).deletedCount, 0);

  const byKey = await client.auth.loginWithCredential(new UserApiKeyCredential(key.key));
  assert.equal(byKey.id, bob.id);
  for (const other of [
    new ServerApiKeyCredential(serverKey), new CustomCredential(jwt),
    new FunctionCredential({ user: "u2", secret: 7 }),
  ]) {
    const user = await client.auth.loginWithCredential(other);
    assert.notEqual(user.id, bob.id);
  }
  await client.auth.logout();
}

main().then(() => {
  fs.rmSync(directory, { recursive: true });
  console.log("ok");
  process.exit(0);
}, (error) => {
  console.error(error);
  process.exit(1);
});
