// A person who is asked to let a client in, at the address given, and does.
//
//   CHROMIUM=… LOGIN='{"email":…,"password":…}' node consent.mjs ADDRESS
import { allow } from "./browser.mjs";

const { shown, troubles } = await allow(process.argv[2], JSON.parse(process.env.LOGIN));
console.log(JSON.stringify({ shown, troubles }));
