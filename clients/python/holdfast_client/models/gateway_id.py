from enum import StrEnum


class GatewayId(StrEnum):
    BANK_TRANSFER = "bank_transfer"
    USDT_TRON = "usdt_tron"

    def __str__(self) -> str:
        return str(self.value)
