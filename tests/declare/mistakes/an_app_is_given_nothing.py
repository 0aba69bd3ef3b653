from kingpost import App

app = App()  # this is wrong
