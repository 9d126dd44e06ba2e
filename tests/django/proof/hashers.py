"""A password hasher that gives two runs the same hashes."""
from django.contrib.auth.hashers import MD5PasswordHasher


class SameSaltHasher(MD5PasswordHasher):
    def salt(self):
        # As long as Django's own, which a shorter one would be replaced by.
        return "SaltOfTwentyTwoLetters"
