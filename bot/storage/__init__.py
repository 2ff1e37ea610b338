"""What is kept: releases of the content, and text-free conversation state."""
