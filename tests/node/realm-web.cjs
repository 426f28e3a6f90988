// realm-web 2.0.1 against a gateway: every login kind, sessions, keys, functions, documents.
"use strict";
const assert = require("node:assert/strict");
const Realm = require("realm-web");
const { BSON } = Realm;

const [baseUrl, serverKey, jwt] = process.argv.slice(2);
let apps = 0;
// Storage is one for the process and an app id; each step wants its own.
const app = () => {
  apps += 1;
  return new Realm.App({ id: "plant", baseUrl, storage: memory(`step-${apps}`) });
};

function memory(name) {
  const values = new Map();
  const part = (path) => ({
    get: (key) => (values.has(path + key) ? values.get(path + key) : null),
    set: (key, value) => void values.set(path + key, value),
    remove: (key) => void values.delete(path + key),
    prefix: (key) => part(`${path}${key}:`),
    clear: (prefix = "") => {
      for (const key of [...values.keys()]) {
        if (key.startsWith(path + prefix)) values.delete(key);
      }
    },
    addListener: () => {},
    removeListener: () => {},
  });
  return part(`${name}:`);
}

const withPassword = ({ email, password }) => Realm.Credentials.emailPassword(email, password);
const refused = (promise, status, code) => assert.rejects(promise, (error) => {
  assert.equal(error.statusCode, status, error.message);
  assert.equal(error.errorCode, code);
  return true;
});

async function main() {
  const first = app();
  const anonymous = await first.logIn(Realm.Credentials.anonymous());
  assert.match(anonymous.id, /^[0-9a-f]{24}$/);
  assert.equal(anonymous.state, "active");
  assert.equal(anonymous.identities[0].providerType, "anon-user");

  const email = { email: "ann@example.com", password: "correct horse" };
  await first.emailPasswordAuth.registerUser(email);
  await refused(first.emailPasswordAuth.registerUser(email), 409, "AccountNameInUse");

  await anonymous.linkCredentials(withPassword(email));
  const ann = await app().logIn(withPassword(email));
  assert.equal(ann.id, anonymous.id, "the linked account is the same user");
  assert.equal(ann.profile.email, email.email);
  await refused(
    app().logIn(withPassword({ ...email, password: "wrong horse" })),
    401, "InvalidPassword");

  const waiting = { email: "wait@example.com", password: "correct horse" };
  await first.emailPasswordAuth.registerUser(waiting);
  await refused(app().logIn(withPassword(waiting)), 401, "AuthError");
  await first.emailPasswordAuth.retryCustomConfirmation({ email: waiting.email });
  await refused(
    first.emailPasswordAuth.confirmUser({ token: "t", tokenId: "i" }), 400, "UserpassTokenInvalid");
  await refused(first.emailPasswordAuth.sendResetPasswordEmail({ email: email.email }), 400, "BadRequest");
  await refused(
    first.emailPasswordAuth.resetPassword({ token: "t", tokenId: "i", password: "new horse" }),
    400, "UserpassTokenInvalid");
  const reset = { email: email.email, password: "new horse" };
  await first.emailPasswordAuth.callResetPasswordFunction(reset, "success");
  const again = await app().logIn(withPassword(reset));
  assert.equal(again.id, ann.id);

  const bySecret = await app().logIn(Realm.Credentials.apiKey(serverKey));
  assert.notEqual(bySecret.id, ann.id);
  const byToken = await app().logIn(Realm.Credentials.jwt(jwt));
  assert.equal(byToken.profile.name, "Jay");
  const byFunction = await app().logIn(Realm.Credentials.function({ user: "u1", secret: 7 }));
  assert.equal((await app().logIn(Realm.Credentials.function({ user: "u1", secret: 7 }))).id, byFunction.id);
  await refused(app().logIn(Realm.Credentials.function({ secret: 8 })), 401, "AuthError");

  await again.refreshAccessToken();
  await again.refreshProfile();
  assert.deepEqual(again.customData, {});
  await again.refreshCustomData();

  const key = await again.apiKeys.create("laptop");
  assert.equal(key.key.length, 64);
  assert.deepEqual((await again.apiKeys.fetchAll()).map((each) => each.name), ["laptop"]);
  assert.equal((await again.apiKeys.fetch(key._id)).name, "laptop");
  assert.equal((await app().logIn(Realm.Credentials.apiKey(key.key))).id, again.id);
  await again.apiKeys.disable(key._id);
  await refused(app().logIn(Realm.Credentials.apiKey(key.key)), 401, "AuthError");
  await again.apiKeys.enable(key._id);
  await again.apiKeys.delete(key._id);
  assert.deepEqual(await again.apiKeys.fetchAll(), []);

  assert.equal(await again.functions.sum(2, 40), 42);
  assert.equal(await again.callFunction("sum", 1, 2), 3);
  const id = new BSON.ObjectId();
  const echoed = await again.functions.echo({ id, at: new Date(5), n: 1.5, list: [null, "x"] });
  assert.equal(echoed.id.toHexString(), id.toHexString());
  assert.equal(echoed.at.getTime(), 5);
  assert.deepEqual([echoed.n, echoed.list], [1.5, [null, "x"]]);
  await refused(again.functions.boom(), 400, "FunctionExecutionError");
  await refused(again.functions.nothing(), 404, "FunctionNotFound");

  const plant = again.mongoClient("mongodb-atlas").db("plant");
  const readings = plant.collection("readings");
  const inserted = await readings.insertOne({ _id: id, celsius: 21.5, at: new Date() });
  assert.equal(inserted.insertedId.toHexString(), id.toHexString());
  const many = await readings.insertMany([{ celsius: 1.5 }, { celsius: 2.5 }]);
  assert.equal(many.insertedIds.length, 2);
  await Promise.all([
    readings.find(), readings.findOne(), readings.count(), readings.aggregate([]),
    readings.updateOne({}, { $set: { a: 1 } }), readings.deleteMany({}),
    readings.findOneAndUpdate({}, { $set: { a: 1 } }),
  ].map((read) => refused(read, 403, "NoMatchingRuleFound")));
  await refused(readings.insertOne({ celsius: "warm" }), 400, "SchemaValidationFailedWrite");

  const notes = plant.collection("notes");
  const owner = again.id;
  await notes.insertMany([1, 2, 3].map((n) => ({ owner, n })));
  await refused(notes.insertOne({ owner: "eve" }), 403, "NoMatchingRuleFound");
  assert.equal(await notes.count(), 3);
  assert.deepEqual((await notes.find({ n: { $gt: 1 } }, { sort: { n: -1 } })).map((d) => d.n), [3, 2]);
  assert.equal((await notes.findOne({ n: 2 })).owner, owner);
  const grouped = await notes.aggregate([
    { $match: { n: { $gt: 1 } } },
    { $group: { _id: "$owner", sum: { $sum: "$n" }, all: { $push: "$n" } } },
  ]);
  assert.deepEqual(grouped, [{ _id: owner, sum: 5, all: [2, 3] }]);
  await refused(notes.aggregate([{ $out: "other" }]), 400, "BadRequest");
  await assert.rejects(notes.watch().next());
  assert.deepEqual(
    await notes.updateMany({}, { $inc: { n: 10 } }), { matchedCount: 3, modifiedCount: 3 });
  const upserted = await notes.updateOne({ n: 99, owner }, { $set: { new: true } }, { upsert: true });
  assert.ok(upserted.upsertedId);
  await notes.updateOne({ n: 99 }, { $set: { list: [1, 5] } });
  await notes.updateOne({ n: 99 }, { $inc: { "list.$[large]": 1 } }, { arrayFilters: [{ large: { $gt: 2 } }] });
  assert.deepEqual((await notes.findOne({ n: 99 })).list, [1, 6]);
  const after = await notes.findOneAndUpdate({ n: 11 }, { $set: { n: 1 } }, { returnNewDocument: true });
  assert.equal(after.n, 1);
  assert.equal((await notes.findOneAndReplace({ n: 1 }, { owner, n: 5 })).n, 1);
  assert.equal((await notes.findOneAndDelete({ n: 5 })).n, 5);
  assert.deepEqual(await notes.deleteOne({ n: 12 }), { deletedCount: 1 });
  assert.deepEqual(await notes.deleteMany({}), { deletedCount: 2 });
  const stranger = byFunction.mongoClient("mongodb-atlas").db("plant").collection("notes");
  assert.deepEqual(await stranger.find(), []);

  await again.logOut();
  assert.equal(again.state, "logged-out");
  const gone = app();
  const user = await gone.logIn(Realm.Credentials.anonymous());
  await gone.deleteUser(user);
  assert.equal(user.state, "removed");
  await assert.rejects(
    new Realm.App({ id: "no app", baseUrl, storage: memory("none") }).logIn(Realm.Credentials.anonymous()),
    (error) => error.statusCode === 404);
}

main().then(() => console.log("ok"), (error) => {
  console.error(error);
  process.exit(1);
});
