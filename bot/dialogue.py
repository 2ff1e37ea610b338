"""Rasa, in process: loads the model by its recorded digest and runs one turn through it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.lock_store import InMemoryLockStore
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

from actions.replies import register
from bot.answers.release import Release
from bot.errors import ModelError
from bot.storage.tracker import ForgetfulTrackerStore
from bot.turn import Context, Draft, Understanding

__all__ = ["MODEL_FILE", "Dialogue", "digest_path"]

MODEL_FILE = "lantern.tar.gz"
# A question that any trained model understands; readiness means that this gives an understanding.
GOLDEN_QUESTION = "can i take kratom with xanax"


class Dialogue:
    """One Rasa agent and the actions it runs."""

    def __init__(self, agent: Agent) -> None:
        """Keep the agent; ``load`` makes one."""
        self._agent = agent

    @classmethod
    async def load(cls, model_dir: Path, release: Callable[[], Release]) -> Dialogue:
        """Load the trained model and check that it understands a question.

        Args:
            model_dir: where training left the model and its digest.
            release: gives the live release.

        Raises:
            ModelError: if the model is missing, is not the one that training recorded, or does not work.
        """
        path = model_dir / MODEL_FILE
        if not path.is_file() or not digest_path(model_dir).is_file():
            raise ModelError("There is no trained model. Run: python -m bot train")
        if hashlib.sha256(path.read_bytes()).hexdigest() != digest_path(model_dir).read_text(encoding="ascii").strip():
            raise ModelError("The model is not the one that training recorded. Run: python -m bot train")
        executor = ActionExecutor()
        register(executor, release)
        try:
            agent = Agent.load(
                path,
                tracker_store=ForgetfulTrackerStore(Domain.empty()),
                lock_store=InMemoryLockStore(),
                action_endpoint=_InProcess(executor),
            )
            dialogue = cls(agent)
            await dialogue.understand(GOLDEN_QUESTION)
        except Exception as error:
            # Rasa raises whatever the damaged piece raises; any of it means the same to the operator.
            raise ModelError("The model cannot be loaded. Run: python -m bot train") from error
        return dialogue

    async def understand(self, text: str) -> Understanding:
        """Return what the NLU graph makes of a text, without a reply."""
        parsed = await self._agent.parse_message(text)
        return msgspec.convert(parsed["understanding"], Understanding)

    async def respond(self, text: str, context: Context) -> Draft | None:
        """Run one turn.

        Args:
            text: the cleaned message, without leading slashes.
            context: what the reply depends on besides the text.

        Returns:
            The draft of the reply; None when the turn ended empty, as Rasa lets it on every error.
        """
        channel = CollectingOutputChannel()
        await self._agent.handle_message(
            UserMessage(
                text,
                channel,
                sender_id=context.turn,
                input_channel="lantern",
                metadata={"context": msgspec.to_builtins(context)},
            )
        )
        customs = [message["custom"] for message in channel.messages if "custom" in message]
        return msgspec.convert(customs[-1], Draft) if customs else None


def digest_path(model_dir: Path) -> Path:
    """Return where the digest of the model stands."""
    return model_dir / "lantern.sha256"


class _InProcess(EndpointConfig):
    """An action endpoint that calls the actions instead of a server.

    ``actions_module`` is not in open-source Rasa; this subclass is the supported way in (``rasa.utils.endpoints``).
    """

    def __init__(self, executor: ActionExecutor) -> None:
        super().__init__(url="in-process", enable_selective_domain=True)
        self._executor = executor

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        call = kwargs["json"]
        try:
            return await self._executor.run(call)
        except ActionExecutionRejection as error:
            body = json.dumps({"error": "rejected", "action_name": error.action_name})
            raise ClientResponseError(400, "rejected", body) from error
        except ActionNotFoundException as error:
            raise ClientResponseError(404, "not found", "") from error
