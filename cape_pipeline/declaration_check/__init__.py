"""CAPE declarations judged before CBP judges them: the file itself, its entries, and whose they are.

Belongs here: reading a declaration however damaged it is, and one expression for each validation rule. Does not belong
here: what a rule means, how bad it is and on whose word (`registry_seeds/validation_rules.csv`), and any judgement of
an entry (`entries.rule_outcomes`), which is only read.
"""
