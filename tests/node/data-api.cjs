// mongodb-data-api 0.4.0 against a gateway.
"use strict";
const assert = require("node:assert/strict");
const { createMongoDBDataAPI } = require("mongodb-data-api");

const [baseUrl, serverKey] = process.argv.slice(2);
const urlEndpoint = `${baseUrl}/app/plant/endpoint/data/v1`;

async function main() {
  const api = createMongoDBDataAPI({ apiKey: serverKey, urlEndpoint });
  const shared = api.$cluster("mongodb-atlas").$database("plant").$collection("shared");
  const { insertedId } = await shared.insertOne({ document: { n: 1 } });
  assert.match(insertedId, /^[0-9a-f]{24}$/);
  const { insertedIds } = await shared.insertMany({ documents: [{ n: 2 }, { n: 3 }] });
  assert.equal(insertedIds.length, 2);
  const { document } = await shared.findOne({ filter: { _id: { $oid: insertedId } } });
  assert.deepEqual(document, { _id: insertedId, n: 1 });
  const { documents } = await shared.find({ filter: { n: { $gt: 1 } }, sort: { n: -1 } });
  assert.deepEqual(documents.map((each) => each.n), [3, 2]);
  const pipeline = [{ $group: { _id: null, sum: { $sum: "$n" } } }];
  assert.deepEqual(await shared.aggregate({ pipeline }), { documents: [{ _id: null, sum: 6 }] });
  const one = await shared.updateOne({ filter: { n: 1 }, update: { $set: { n: 10 } } });
  assert.deepEqual(one, { matchedCount: 1, modifiedCount: 1 });
  const all = await shared.updateMany({ filter: {}, update: { $inc: { n: 1 } } });
  assert.equal(all.modifiedCount, 3);
  const replaced = await shared.replaceOne({ filter: { n: 11 }, replacement: { r: 1 } });
  assert.equal(replaced.modifiedCount, 1);
  assert.deepEqual(await shared.deleteOne({ filter: { r: 1 } }), { deletedCount: 1 });
  assert.deepEqual(await shared.deleteMany({ filter: {} }), { deletedCount: 2 });

  const readings = api.$cluster("mongodb-atlas").$database("plant").$collection("readings");
  await readings.insertOne({ document: { celsius: 21.5 } });
  await assert.rejects(readings.find({ filter: {} }));
  await assert.rejects(readings.aggregate({ pipeline: [] }));
  const stranger = createMongoDBDataAPI({ apiKey: "wrong", urlEndpoint });
  await assert.rejects(
    stranger.$cluster("mongodb-atlas").$database("plant").$collection("shared").find({ filter: {} }));
}

main().then(() => console.log("ok"), (error) => {
  console.error(error);
  process.exit(1);
});
