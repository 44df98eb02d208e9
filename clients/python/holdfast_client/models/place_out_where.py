from enum import StrEnum


class PlaceOutWhere(StrEnum):
    BACK_WITH_THE_PAYER = "back_with_the_payer"
    COMMISSION = "commission"
    FEE_OF_THE_PAYERS_BANK = "fee_of_the_payers_bank"
    HELD_AT_THE_PAYERS_BANK = "held_at_the_payers_bank"
    HELD_IN_THE_PAYERS_WALLET = "held_in_the_payers_wallet"
    IN_SUSPENSE = "in_suspense"
    KEPT_UNTIL_THE_DISPUTE_ENDS = "kept_until_the_dispute_ends"
    ON_ITS_WAY = "on_its_way"
    OWED_TO_THE_SELLER = "owed_to_the_seller"
    WITH_THE_SELLER = "with_the_seller"

    def __str__(self) -> str:
        return str(self.value)
