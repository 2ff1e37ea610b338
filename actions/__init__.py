"""rasa_sdk actions: thin adapters between a tracker and ``bot.answers.compose``. No text, no SQL, no decisions."""
