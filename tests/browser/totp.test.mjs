// The tests' own one-time codes against the vectors of RFC 6238, appendix B (last six digits).
import assert from "node:assert/strict";
import { test } from "node:test";
import { codeAt } from "./lib/totp.mjs";

test("one-time codes are those of RFC 6238", () => {
  const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
  assert.equal(codeAt(secret, Math.floor(59 / 30)), "287082");
  assert.equal(codeAt(secret, Math.floor(1111111109 / 30)), "081804");
  assert.equal(codeAt(secret, Math.floor(20000000000 / 30)), "353130");
});
