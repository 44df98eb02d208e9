"""Contains all the data models used in inputs/outputs"""

from .account_in import AccountIn
from .account_name import AccountName
from .account_out import AccountOut
from .account_out_state import AccountOutState
from .accounts_out import AccountsOut
from .advance_in import AdvanceIn
from .approval_in import ApprovalIn
from .arbiter_dispute_out import ArbiterDisputeOut
from .arbiter_dispute_out_by import ArbiterDisputeOutBy
from .asked_out import AskedOut
from .assign_in import AssignIn
from .attempt_out import AttemptOut
from .attempt_state import AttemptState
from .bank_client_change_in import BankClientChangeIn
from .bank_client_in import BankClientIn
from .bank_client_out import BankClientOut
from .bank_client_state import BankClientState
from .bank_client_state_in import BankClientStateIn
from .bank_clients_out import BankClientsOut
from .bank_out import BankOut
from .banks_out import BanksOut
from .body_create_token import BodyCreateToken
from .body_revoke_token import BodyRevokeToken
from .books_out import BooksOut
from .cancellation_in import CancellationIn
from .capture_in import CaptureIn
from .chain_account_out import ChainAccountOut
from .chain_accounts_out import ChainAccountsOut
from .chat_out import ChatOut
from .checkout_link_in import CheckoutLinkIn
from .checkout_link_out import CheckoutLinkOut
from .client_in import ClientIn
from .client_in_language import ClientInLanguage
from .client_out import ClientOut
from .closing_statement_out import ClosingStatementOut
from .code_asked_out import CodeAskedOut
from .code_in import CodeIn
from .code_out import CodeOut
from .code_requested_out import CodeRequestedOut
from .code_state import CodeState
from .connection_out import ConnectionOut
from .contract_in import ContractIn
from .contract_out import ContractOut
from .contract_state import ContractState
from .contracts_out import ContractsOut
from .correction_in import CorrectionIn
from .correction_in_direction import CorrectionInDirection
from .correction_out import CorrectionOut
from .correction_state import CorrectionState
from .corrections_out import CorrectionsOut
from .corrections_way import CorrectionsWay
from .create_token_o_auth_problem import CreateTokenOAuthProblem
from .create_token_o_auth_problem_error import CreateTokenOAuthProblemError
from .deal_in import DealIn
from .deal_money_out import DealMoneyOut
from .deal_now_out import DealNowOut
from .deal_now_out_closed_reason_type_0 import DealNowOutClosedReasonType0
from .deal_now_out_verdict_type_0 import DealNowOutVerdictType0
from .deal_out import DealOut
from .deal_out_closed_reason_type_0 import DealOutClosedReasonType0
from .deal_out_verdict_type_0 import DealOutVerdictType0
from .deal_state import DealState
from .deal_status_in import DealStatusIn
from .deal_status_out import DealStatusOut
from .deals_out import DealsOut
from .decision_in import DecisionIn
from .default_commission_in import DefaultCommissionIn
from .default_commission_out import DefaultCommissionOut
from .deliveries_out import DeliveriesOut
from .delivery_out import DeliveryOut
from .delivery_state import DeliveryState
from .deposit_in import DepositIn
from .deposit_out import DepositOut
from .dispute_in import DisputeIn
from .dispute_now_out import DisputeNowOut
from .dispute_now_out_by import DisputeNowOutBy
from .dispute_out import DisputeOut
from .dispute_out_by import DisputeOutBy
from .dispute_state import DisputeState
from .division_out import DivisionOut
from .empty import Empty
from .endpoint_state import EndpointState
from .entry_kind import EntryKind
from .entry_out import EntryOut
from .entry_out_by import EntryOutBy
from .event_out import EventOut
from .events_out import EventsOut
from .extension_in import ExtensionIn
from .failure_in import FailureIn
from .fee_bearer import FeeBearer
from .fee_out import FeeOut
from .fee_rule_out import FeeRuleOut
from .feed_actor_out import FeedActorOut
from .feed_actor_out_type import FeedActorOutType
from .feed_event_data_out import FeedEventDataOut
from .feed_event_out import FeedEventOut
from .feed_event_out_object_type_0 import FeedEventOutObjectType0
from .feed_out import FeedOut
from .fees_in import FeesIn
from .fees_in_buyer import FeesInBuyer
from .fees_in_deadline import FeesInDeadline
from .fees_in_dispute import FeesInDispute
from .fees_in_seller import FeesInSeller
from .gateway_data_out import GatewayDataOut
from .gateway_id import GatewayId
from .gateway_out import GatewayOut
from .gateways_out import GatewaysOut
from .health_out import HealthOut
from .hold_in import HoldIn
from .hold_out import HoldOut
from .hold_out_state import HoldOutState
from .holds_out import HoldsOut
from .incoming_out import IncomingOut
from .incoming_state import IncomingState
from .incoming_transfer_out import IncomingTransferOut
from .incoming_transfers_out import IncomingTransfersOut
from .item import Item
from .kind import Kind
from .limits_out import LimitsOut
from .line_out import LineOut
from .line_state import LineState
from .list_incoming_transfers_state_type_0 import ListIncomingTransfersStateType0
from .login_out import LoginOut
from .message_in import MessageIn
from .message_out import MessageOut
from .messages_out import MessagesOut
from .milestone_in import MilestoneIn
from .milestone_out import MilestoneOut
from .moderation_in import ModerationIn
from .money_in import MoneyIn
from .money_out import MoneyOut
from .noun import Noun
from .offer_in import OfferIn
from .offer_out import OfferOut
from .offer_out_state import OfferOutState
from .offer_state import OfferState
from .offer_to_settle_in import OfferToSettleIn
from .offer_to_settle_out import OfferToSettleOut
from .offers_fees_out import OffersFeesOut
from .offers_out import OffersOut
from .on_sale_in import OnSaleIn
from .open_dispute_out import OpenDisputeOut
from .open_dispute_out_by import OpenDisputeOutBy
from .open_disputes_out import OpenDisputesOut
from .operation_out import OperationOut
from .operation_out_direction import OperationOutDirection
from .operator_deal_out import OperatorDealOut
from .operator_deal_out_closed_reason_type_0 import OperatorDealOutClosedReasonType0
from .operator_deal_out_verdict_type_0 import OperatorDealOutVerdictType0
from .operator_event_out import OperatorEventOut
from .operator_event_out_data import OperatorEventOutData
from .operator_offer_out import OperatorOfferOut
from .operator_offer_out_state import OperatorOfferOutState
from .operator_payment_out import OperatorPaymentOut
from .operator_refund_out import OperatorRefundOut
from .operator_refund_out_waiting_for_type_0 import OperatorRefundOutWaitingForType0
from .operator_undisputed_part_out import OperatorUndisputedPartOut
from .outgoing_out import OutgoingOut
from .outgoing_state import OutgoingState
from .outgoings_out import OutgoingsOut
from .override_in import OverrideIn
from .override_in_kind import OverrideInKind
from .override_in_result_type_0 import OverrideInResultType0
from .override_kind import OverrideKind
from .override_out import OverrideOut
from .override_state import OverrideState
from .overrides_out import OverridesOut
from .party_in import PartyIn
from .password_in import PasswordIn
from .password_out import PasswordOut
from .payment_in import PaymentIn
from .payment_money_out import PaymentMoneyOut
from .payment_out import PaymentOut
from .payment_request_in import PaymentRequestIn
from .payment_request_out import PaymentRequestOut
from .payment_request_out_state import PaymentRequestOutState
from .payment_requests_out import PaymentRequestsOut
from .payment_state import PaymentState
from .payout_account_in import PayoutAccountIn
from .place_out import PlaceOut
from .place_out_where import PlaceOutWhere
from .platform_settings_fees_out import PlatformSettingsFeesOut
from .platform_settings_out import PlatformSettingsOut
from .posting_out import PostingOut
from .problem import Problem
from .proposal_out import ProposalOut
from .proposal_out_by import ProposalOutBy
from .purpose import Purpose
from .quote_out import QuoteOut
from .read_in import ReadIn
from .ready_out import ReadyOut
from .reason_in import ReasonIn
from .redelivery_in import RedeliveryIn
from .redelivery_out import RedeliveryOut
from .redrive_out import RedriveOut
from .refund_account_in import RefundAccountIn
from .refund_in import RefundIn
from .refund_in_cause import RefundInCause
from .refund_money_out import RefundMoneyOut
from .refund_out import RefundOut
from .refund_out_waiting_for_type_0 import RefundOutWaitingForType0
from .refund_state import RefundState
from .refund_step_out import RefundStepOut
from .refunds_out import RefundsOut
from .release import Release
from .reset_in import ResetIn
from .reset_in_language import ResetInLanguage
from .resolution_out import ResolutionOut
from .resolution_state import ResolutionState
from .resolutions_out import ResolutionsOut
from .resolutions_way import ResolutionsWay
from .result import Result
from .return_origins_in import ReturnOriginsIn
from .return_origins_out import ReturnOriginsOut
from .revoke_token_o_auth_problem import RevokeTokenOAuthProblem
from .revoke_token_o_auth_problem_error import RevokeTokenOAuthProblemError
from .ruling import Ruling
from .ruling_in import RulingIn
from .ruling_in_ruling import RulingInRuling
from .served_bank_out import ServedBankOut
from .service_deal_in import ServiceDealIn
from .service_terms_in import ServiceTermsIn
from .service_terms_in_release import ServiceTermsInRelease
from .service_terms_in_settlement import ServiceTermsInSettlement
from .setter import Setter
from .settlement import Settlement
from .side_out import SideOut
from .side_out_party import SideOutParty
from .sign_up_in import SignUpIn
from .sign_up_in_language import SignUpInLanguage
from .sign_up_rule_in import SignUpRuleIn
from .statement_in import StatementIn
from .status_in import StatusIn
from .status_out import StatusOut
from .statuses_out import StatusesOut
from .step import Step
from .step_out import StepOut
from .step_state import StepState
from .stuck_list_out import StuckListOut
from .stuck_out import StuckOut
from .stuck_out_what import StuckOutWhat
from .submit_code_late_problem import SubmitCodeLateProblem
from .submit_code_late_problem_code import SubmitCodeLateProblemCode
from .submitted_out import SubmittedOut
from .sweep_line_out import SweepLineOut
from .sweep_out import SweepOut
from .sweep_state import SweepState
from .sweeps_cause import SweepsCause
from .sweeps_out import SweepsOut
from .terms_cause import TermsCause
from .terms_in import TermsIn
from .terms_in_release import TermsInRelease
from .terms_in_settlement import TermsInSettlement
from .terms_out import TermsOut
from .title_in import TitleIn
from .title_out import TitleOut
from .titles_out import TitlesOut
from .token_out import TokenOut
from .top_up_in import TopUpIn
from .top_up_now_out import TopUpNowOut
from .top_up_out import TopUpOut
from .top_up_state import TopUpState
from .top_ups_out import TopUpsOut
from .totals_out import TotalsOut
from .transfer_in import TransferIn
from .transfer_out import TransferOut
from .undisputed_part_in import UndisputedPartIn
from .undisputed_part_out import UndisputedPartOut
from .user_change_in import UserChangeIn
from .user_change_in_language import UserChangeInLanguage
from .user_in import UserIn
from .user_in_language import UserInLanguage
from .user_out import UserOut
from .users_out import UsersOut
from .wallet_in import WalletIn
from .wallet_line_out import WalletLineOut
from .wallet_out import WalletOut
from .wallets_out import WalletsOut
from .webhook_attempt_out import WebhookAttemptOut
from .webhook_data import WebhookData
from .webhook_data_status import WebhookDataStatus
from .webhook_endpoint_change_in import WebhookEndpointChangeIn
from .webhook_endpoint_change_in_language import WebhookEndpointChangeInLanguage
from .webhook_endpoint_in import WebhookEndpointIn
from .webhook_endpoint_in_language import WebhookEndpointInLanguage
from .webhook_endpoint_out import WebhookEndpointOut
from .webhook_endpoint_out_disabled_because_type_0 import (
    WebhookEndpointOutDisabledBecauseType0,
)
from .webhook_endpoint_with_secret_out import WebhookEndpointWithSecretOut
from .webhook_endpoint_with_secret_out_disabled_because_type_0 import (
    WebhookEndpointWithSecretOutDisabledBecauseType0,
)
from .webhook_endpoints_out import WebhookEndpointsOut
from .webhook_in import WebhookIn
from .webhook_message import WebhookMessage
from .webhook_out import WebhookOut
from .webhook_out_status import WebhookOutStatus
from .whole_contract_out import WholeContractOut
from .whole_delivery_out import WholeDeliveryOut
from .whole_dispute_out import WholeDisputeOut
from .whole_dispute_out_by import WholeDisputeOutBy
from .whole_sweep_out import WholeSweepOut
from .withdrawal_in import WithdrawalIn
from .withdrawal_out import WithdrawalOut
from .withdrawal_state import WithdrawalState
from .withdrawals_out import WithdrawalsOut
from .words_out import WordsOut

__all__ = (
    "AccountIn",
    "AccountName",
    "AccountOut",
    "AccountOutState",
    "AccountsOut",
    "AdvanceIn",
    "ApprovalIn",
    "ArbiterDisputeOut",
    "ArbiterDisputeOutBy",
    "AskedOut",
    "AssignIn",
    "AttemptOut",
    "AttemptState",
    "BankClientChangeIn",
    "BankClientIn",
    "BankClientOut",
    "BankClientState",
    "BankClientStateIn",
    "BankClientsOut",
    "BankOut",
    "BanksOut",
    "BodyCreateToken",
    "BodyRevokeToken",
    "BooksOut",
    "CancellationIn",
    "CaptureIn",
    "ChainAccountOut",
    "ChainAccountsOut",
    "ChatOut",
    "CheckoutLinkIn",
    "CheckoutLinkOut",
    "ClientIn",
    "ClientInLanguage",
    "ClientOut",
    "ClosingStatementOut",
    "CodeAskedOut",
    "CodeIn",
    "CodeOut",
    "CodeRequestedOut",
    "CodeState",
    "ConnectionOut",
    "ContractIn",
    "ContractOut",
    "ContractState",
    "ContractsOut",
    "CorrectionIn",
    "CorrectionInDirection",
    "CorrectionOut",
    "CorrectionState",
    "CorrectionsOut",
    "CorrectionsWay",
    "CreateTokenOAuthProblem",
    "CreateTokenOAuthProblemError",
    "DealIn",
    "DealMoneyOut",
    "DealNowOut",
    "DealNowOutClosedReasonType0",
    "DealNowOutVerdictType0",
    "DealOut",
    "DealOutClosedReasonType0",
    "DealOutVerdictType0",
    "DealState",
    "DealStatusIn",
    "DealStatusOut",
    "DealsOut",
    "DecisionIn",
    "DefaultCommissionIn",
    "DefaultCommissionOut",
    "DeliveriesOut",
    "DeliveryOut",
    "DeliveryState",
    "DepositIn",
    "DepositOut",
    "DisputeIn",
    "DisputeNowOut",
    "DisputeNowOutBy",
    "DisputeOut",
    "DisputeOutBy",
    "DisputeState",
    "DivisionOut",
    "Empty",
    "EndpointState",
    "EntryKind",
    "EntryOut",
    "EntryOutBy",
    "EventOut",
    "EventsOut",
    "ExtensionIn",
    "FailureIn",
    "FeeBearer",
    "FeeOut",
    "FeeRuleOut",
    "FeedActorOut",
    "FeedActorOutType",
    "FeedEventDataOut",
    "FeedEventOut",
    "FeedEventOutObjectType0",
    "FeedOut",
    "FeesIn",
    "FeesInBuyer",
    "FeesInDeadline",
    "FeesInDispute",
    "FeesInSeller",
    "GatewayDataOut",
    "GatewayId",
    "GatewayOut",
    "GatewaysOut",
    "HealthOut",
    "HoldIn",
    "HoldOut",
    "HoldOutState",
    "HoldsOut",
    "IncomingOut",
    "IncomingState",
    "IncomingTransferOut",
    "IncomingTransfersOut",
    "Item",
    "Kind",
    "LimitsOut",
    "LineOut",
    "LineState",
    "ListIncomingTransfersStateType0",
    "LoginOut",
    "MessageIn",
    "MessageOut",
    "MessagesOut",
    "MilestoneIn",
    "MilestoneOut",
    "ModerationIn",
    "MoneyIn",
    "MoneyOut",
    "Noun",
    "OfferIn",
    "OfferOut",
    "OfferOutState",
    "OfferState",
    "OfferToSettleIn",
    "OfferToSettleOut",
    "OffersFeesOut",
    "OffersOut",
    "OnSaleIn",
    "OpenDisputeOut",
    "OpenDisputeOutBy",
    "OpenDisputesOut",
    "OperationOut",
    "OperationOutDirection",
    "OperatorDealOut",
    "OperatorDealOutClosedReasonType0",
    "OperatorDealOutVerdictType0",
    "OperatorEventOut",
    "OperatorEventOutData",
    "OperatorOfferOut",
    "OperatorOfferOutState",
    "OperatorPaymentOut",
    "OperatorRefundOut",
    "OperatorRefundOutWaitingForType0",
    "OperatorUndisputedPartOut",
    "OutgoingOut",
    "OutgoingState",
    "OutgoingsOut",
    "OverrideIn",
    "OverrideInKind",
    "OverrideInResultType0",
    "OverrideKind",
    "OverrideOut",
    "OverrideState",
    "OverridesOut",
    "PartyIn",
    "PasswordIn",
    "PasswordOut",
    "PaymentIn",
    "PaymentMoneyOut",
    "PaymentOut",
    "PaymentRequestIn",
    "PaymentRequestOut",
    "PaymentRequestOutState",
    "PaymentRequestsOut",
    "PaymentState",
    "PayoutAccountIn",
    "PlaceOut",
    "PlaceOutWhere",
    "PlatformSettingsFeesOut",
    "PlatformSettingsOut",
    "PostingOut",
    "Problem",
    "ProposalOut",
    "ProposalOutBy",
    "Purpose",
    "QuoteOut",
    "ReadIn",
    "ReadyOut",
    "ReasonIn",
    "RedeliveryIn",
    "RedeliveryOut",
    "RedriveOut",
    "RefundAccountIn",
    "RefundIn",
    "RefundInCause",
    "RefundMoneyOut",
    "RefundOut",
    "RefundOutWaitingForType0",
    "RefundState",
    "RefundStepOut",
    "RefundsOut",
    "Release",
    "ResetIn",
    "ResetInLanguage",
    "ResolutionOut",
    "ResolutionState",
    "ResolutionsOut",
    "ResolutionsWay",
    "Result",
    "ReturnOriginsIn",
    "ReturnOriginsOut",
    "RevokeTokenOAuthProblem",
    "RevokeTokenOAuthProblemError",
    "Ruling",
    "RulingIn",
    "RulingInRuling",
    "ServedBankOut",
    "ServiceDealIn",
    "ServiceTermsIn",
    "ServiceTermsInRelease",
    "ServiceTermsInSettlement",
    "Setter",
    "Settlement",
    "SideOut",
    "SideOutParty",
    "SignUpIn",
    "SignUpInLanguage",
    "SignUpRuleIn",
    "StatementIn",
    "StatusIn",
    "StatusOut",
    "StatusesOut",
    "Step",
    "StepOut",
    "StepState",
    "StuckListOut",
    "StuckOut",
    "StuckOutWhat",
    "SubmitCodeLateProblem",
    "SubmitCodeLateProblemCode",
    "SubmittedOut",
    "SweepLineOut",
    "SweepOut",
    "SweepState",
    "SweepsCause",
    "SweepsOut",
    "TermsCause",
    "TermsIn",
    "TermsInRelease",
    "TermsInSettlement",
    "TermsOut",
    "TitleIn",
    "TitleOut",
    "TitlesOut",
    "TokenOut",
    "TopUpIn",
    "TopUpNowOut",
    "TopUpOut",
    "TopUpState",
    "TopUpsOut",
    "TotalsOut",
    "TransferIn",
    "TransferOut",
    "UndisputedPartIn",
    "UndisputedPartOut",
    "UserChangeIn",
    "UserChangeInLanguage",
    "UserIn",
    "UserInLanguage",
    "UserOut",
    "UsersOut",
    "WalletIn",
    "WalletLineOut",
    "WalletOut",
    "WalletsOut",
    "WebhookAttemptOut",
    "WebhookData",
    "WebhookDataStatus",
    "WebhookEndpointChangeIn",
    "WebhookEndpointChangeInLanguage",
    "WebhookEndpointIn",
    "WebhookEndpointInLanguage",
    "WebhookEndpointOut",
    "WebhookEndpointOutDisabledBecauseType0",
    "WebhookEndpointWithSecretOut",
    "WebhookEndpointWithSecretOutDisabledBecauseType0",
    "WebhookEndpointsOut",
    "WebhookIn",
    "WebhookMessage",
    "WebhookOut",
    "WebhookOutStatus",
    "WholeContractOut",
    "WholeDeliveryOut",
    "WholeDisputeOut",
    "WholeDisputeOutBy",
    "WholeSweepOut",
    "WithdrawalIn",
    "WithdrawalOut",
    "WithdrawalState",
    "WithdrawalsOut",
    "WordsOut",
)
