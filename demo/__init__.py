"""The demo: a seeded world of banks and clients, a story in acts, faults included, and proof at the end.

Business acts go through the public REST API and the mail catcher alone, as a marketplace and its buyers would act;
faults through the bank's behaviour API and the supervisor of the embedded stack.
"""
