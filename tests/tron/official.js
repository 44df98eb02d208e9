// A wallet's owner with the official library. Reads a line {url, key, contract, to, minor}, then one when the transfer is
// in a block; prints what it learns.
"use strict";
const { TronWeb, utils } = require("tronweb");
const lines = require("node:readline").createInterface({ input: process.stdin });
const print = (what) => process.stdout.write(`${JSON.stringify(what, (_, one) => (typeof one === "bigint" ? `${one}` : one))}\n`);
const event = new utils.ethersUtils.Interface(["event Transfer(address indexed from, address indexed to, uint256 value)"]);

async function owner(next) {
  const { url, key, contract, to, minor } = JSON.parse(await next());
  const tronWeb = new TronWeb({ fullHost: url, privateKey: key });
  const token = await tronWeb.contract().at(contract);
  const mine = tronWeb.defaultAddress.base58;
  print(["balance", await token.balanceOf(mine).call(), await token.symbol().call()]);
  const txid = await token.transfer(to, minor).send({ feeLimit: 50_000_000 });
  print(["sent", txid]);
  await next();
  const info = await tronWeb.trx.getUnconfirmedTransactionInfo(txid);
  const log = info.log[0];
  const found = event.parseLog({ topics: log.topics.map((one) => `0x${one}`), data: `0x${log.data}` });
  const address = (one) => tronWeb.address.fromHex(`41${one.slice(2)}`);
  print(["receipt", info.receipt.result, info.blockNumber, address(found.args.from), address(found.args.to), found.args.value]);
  const trx = await tronWeb.trx.sendTransaction(to, 2_000_000);
  print(["trx", trx.result, trx.txid ?? trx.transaction.txID]);
}

const waiting = [];
const said = [];
lines.on("line", (line) => (waiting.length ? waiting.shift()(line) : said.push(line)));
const next = () => new Promise((resolve) => (said.length ? resolve(said.shift()) : waiting.push(resolve)));
owner(next).then(
  () => process.exit(0),
  (error) => {
    print(["error", String(error.stack ?? error)]);
    process.exit(1);
  },
);
