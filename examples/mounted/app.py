"""A library on its way from one framework to another: books are served by Kingpost, loans still by FastAPI, in one process.

The old API is at /legacy and its pages at /legacy/docs; what is new is at /api/v1.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TypedDict

from fastapi import FastAPI, HTTPException, Request, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, Field

from kingpost import Access, Account, App, Lists, PasswordPolicy, Resource, admin, anyone, owner, serial, text

# ------------------------------------------------------------------------------------------------------------ what is old


class Loan(BaseModel):
    """Who has a book, and for how many days."""

    isbn: str
    reader: str
    days: int = Field(default=14, ge=1, le=60)


class Open(TypedDict):
    """What the old app opens when it starts, and every request of its finds again."""

    loans: dict[str, Loan]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[Open]:
    """Open what the old app needs; it is closed when the whole process stops."""
    yield {"loans": {}}


legacy = FastAPI(title="Loans", lifespan=lifespan)


def loans(request: Request) -> dict[str, Loan]:
    """Give the loans there are."""
    found: dict[str, Loan] = request.state.loans
    return found


@legacy.post("/loans", status_code=201)
async def lend(loan: Loan, request: Request) -> Loan:
    """Lend a book."""
    if loan.isbn in loans(request):
        raise HTTPException(409, "Somebody has this book")
    loans(request)[loan.isbn] = loan
    return loan


@legacy.get("/loans/{isbn}", name="loan")
async def loan(isbn: str, request: Request) -> dict[str, str]:
    """Say who has a book."""
    if isbn not in loans(request):
        raise HTTPException(404, "It is on the shelf")
    return {"reader": loans(request)[isbn].reader, "self": str(request.url_for("loan", isbn=isbn))}


@legacy.get("/broken")
async def broken() -> None:
    """Break, as old things do; nothing beside it notices."""
    raise RuntimeError("The card index fell down")


@legacy.websocket("/echo")
async def echo(socket: WebSocket) -> None:
    """Say everything back."""
    await socket.accept()
    try:
        while True:
            await socket.send_text(await socket.receive_text())
    except WebSocketDisconnect:
        pass


# ------------------------------------------------------------------------------------------------------------ what is new


class User(Account, table="users"):
    """Someone with an account."""

    password = PasswordPolicy(min=8)
    access = Access(create=anyone, read=owner() | admin)


class Book(Resource, table="books"):
    """A book on the shelf."""

    id: int = serial()
    isbn: str = text(min=13, max=13, unique=True)
    title: str = text(min=1, max=200)

    access = Access(read=anyone, create=admin, update=admin, delete=admin)
    lists = Lists("title", search=("title",))


app = App(User, Book, title="Library")
app.mount("/legacy", legacy)
