"""A TRON node to develop and test against: `python -m tron.node`. It is no part of production.

It keeps a chain of its own and speaks the HTTP interface of java-tron, so that tronpy, tronweb and wallets take it for
a node. Never point it at real money: the keys of its faucet are known to everybody.

What is as on the real chain:

- transactions: protobuf, ids, secp256k1 signatures checked by recovery; the reference block (TAPOS), the expiration,
  repeats; java-tron's error codes, in its order of checks;
- accounts: a transfer of TRX makes them and costs a fee; tokens can lie at addresses without an account;
- TRX burnt for bandwidth (600 free bytes that come back within a day) and energy; the fee limit; receipts with fees,
  logs, REVERT and OUT_OF_ENERGY; a failed transaction is in a block and costs;
- blocks every three seconds with Merkle roots, parents and ids of their headers; a block is solidified 19 blocks later;
- unsolidified blocks can be replaced, and the transactions of the replaced ones are taken again, or are lost.

What is not:

- no other nodes, witnesses or votes: one program makes every block;
- no TVM: two TRC-20 tokens (one of them a fake) are built in, with `transfer` and what reads; energy is what such
  transfers cost on the main net;
- no staking, delegation, multi-signature, TRC-10 or other kinds of transactions;
- the newest state only: balances in the past cannot be asked for.
"""

from __future__ import annotations

from typing import Final

USDT_CONTRACT: Final = "TR8h5k79bmaCcmsQ6nzPs1F1Z9Dt9sg3G1"
"""The address of USDT on this chain."""
FAKE_CONTRACT: Final = "TCHo4JEXha5x2JFmsNu5FnM3huDyfEFzdS"
"""The address of a token that only calls itself so."""
