"""How good is a model, compared with what, and may it be put to use?"""
