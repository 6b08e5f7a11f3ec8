"""Small programs read character by character, and what they print written digit by digit."""
