"""PyTorch's L-BFGS on the problems of Moré, Garbow and Hillstrom, as samples/14-minimizers.fsx runs ours: memory 10, strong_wolfe, until the
largest element of the gradient is below 1e-8 or nothing is found, at most 5000 iterations. Prints the rows of that sample's list. By hand:
dotnet build -c Release; python3 scripts/torch-minimizers.py"""
import pathlib
import subprocess

import torch

server = subprocess.Popen(
    ["dotnet", "fsi", str(pathlib.Path(__file__).with_name("objectives.fsx"))],
    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
problems = []
while line := server.stdout.readline().strip():
    number, _, *start = line.split()
    problems.append((int(number), [float(x) for x in start]))

print("// PyTorch", torch.__version__)
for number, start in problems:
    parameters = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    evaluations, best = 0, float("inf")

    def closure():
        global evaluations, best
        server.stdin.write(" ".join([str(number), *(repr(x) for x in parameters.tolist())]) + "\n")
        server.stdin.flush()
        value, *gradient = (float(x) for x in server.stdout.readline().split())
        parameters.grad = torch.tensor(gradient, dtype=torch.float64)
        evaluations, best = evaluations + 1, min(best, value)
        return torch.tensor(value, dtype=torch.float64)

    optimizer = torch.optim.LBFGS(
        [parameters], lr=1, max_iter=5000, max_eval=10**6, tolerance_grad=1e-8, tolerance_change=0, history_size=10,
        line_search_fn="strong_wolfe")
    try:
        optimizer.step(closure)
        iterations = optimizer.state[parameters]["n_iter"]
    except Exception:
        iterations = -1
    print(f"    {number}, {iterations}L, {evaluations}L, {best!r}", flush=True)
server.stdin.close()
