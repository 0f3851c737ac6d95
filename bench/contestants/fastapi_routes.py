# The same in FastAPI: `def` handlers and dependencies, which it runs in its threadpool.
from fastapi import Depends, FastAPI

app = FastAPI()


@app.get("/noop")
def noop():
    return {"hello": "world"}


def one():
    return 1


def two(one=Depends(one)):
    return one + 1


def three(two=Depends(two)):
    return two + 1


def four():
    return 4


def five(four=Depends(four)):
    return four + 1


def six(three=Depends(three), five=Depends(five)):
    return three + five


@app.get("/worker")
def worker(six=Depends(six)):
    return {"six": six}
