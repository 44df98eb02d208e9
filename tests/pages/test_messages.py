"""Messages at the pages: forms without script, a chat with it."""

from __future__ import annotations

from tests.fixtures.cabinet import Cabinet
from tests.pages.conftest import Site


async def test_without_script_messages_are_written_read_and_counted(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    deal = await buyer.buy(await cabinet.on_sale(seller))
    assert "Nothing has been written yet." in await buyer.read(f"/deals/{deal}")
    form = buyer.form(f"/deals/{deal}/messages")
    said = await buyer.send(f"/deals/{deal}/messages", text="Is it still\r\nthere?")
    assert "You, " in said and "Is it still there?" in said and buyer.at == f"/deals/{deal}"
    again = await buyer.http.post(form.url, data=form.fields | {"text": "Is it still\r\nthere?"})
    assert again.status_code == 200
    other = await buyer.http.post(form.url, data=form.fields | {"text": "Something else"})
    assert (other.status_code, "already sent, with other contents" in other.text) == (422, True)
    assert "unread messages" not in await buyer.read("/my/deals") and "A desk" in buyer.words
    assert "unread messages: 1" in await seller.read("/my/deals")
    shown = await seller.read(f"/deals/{deal}")
    assert shown.count("Is it still there?") == 1 and "Boris" in shown
    assert "unread messages" not in await seller.read("/my/deals") and "A desk" in seller.words
    await seller.read(f"/deals/{deal}/messages")
    assert "Yes" in await seller.send(f"/deals/{deal}/messages", text="Yes")
    await buyer.http.get(f"/deals/{deal}", headers={"Sec-Fetch-Dest": "empty"})
    assert "unread messages: 1" in await buyer.read("/my/deals"), "a script that renews the page reads nothing"
    empty = await buyer.read(f"/deals/{deal}/messages")
    assert "Yes" in empty and "Please fill this in." in await buyer.send(f"/deals/{deal}/messages", text=" ")


async def test_a_code_on_its_way_is_left_out_and_the_page_says_so(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    deal = await buyer.buy(await cabinet.on_sale(seller))
    await buyer.begin(deal, "400")
    code = await buyer.code()
    await buyer.read(f"/deals/{deal}")
    said = await buyer.send(f"/deals/{deal}/messages", text=f"Mine is {code}")
    assert "Never give a code to anybody" in said and code not in said and code[:4] not in said
    assert code not in await seller.read(f"/deals/{deal}")


async def test_with_script_both_see_at_once_what_the_other_writes(site: Site) -> None:
    seller, buyer = [await site.visitor(await site.somebody(*who)) for who in (("Sonja", 2), ("Boris", 1))]
    assert seller.somebody is not None and buyer.somebody is not None
    offer = await site.on_sale(seller.somebody)
    deal = (await site.shop.buy(offer["id"], str(buyer.somebody.user_id)))["id"]
    for each in (seller, buyer):
        await each.go(f"/deals/{deal}")
    typed = "Is it <b>there</b>?"
    await buyer.page.locator("#text").fill(typed)
    await buyer.press("Send")
    for each in (seller, buyer):
        await each.page.locator("#chat li", has_text=typed).wait_for()
    assert await buyer.page.locator("#text").input_value() == ""
    await seller.page.locator("#text").fill("Yes")
    await seller.press("Send")
    await buyer.page.locator("#chat li", has_text="Yes").wait_for()
    await site.shop.make(
        f"/deals/{deal}/messages", {"user_id": str(seller.somebody.user_id), "text": "By our back end"}
    )
    await buyer.page.locator("#chat li", has_text="By our back end").wait_for()
    assert await buyer.page.locator("#chat li").count() == 3
    await buyer.picture("chat")
    await buyer.page.locator("#text").fill("\u202ereversed")
    await buyer.press("Send")
    await buyer.page.locator("#chat li", has_text="reversed").wait_for()
    assert await buyer.page.locator("#chat li").count() == 4, "the form sent what the socket refused"
    assert seller.faults == [] and buyer.faults == []
