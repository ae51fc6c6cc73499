# Golden numbers for tests/equity, from R 4 with lme4. Run in this folder: Rscript equity.R
# shrinkage: tau of lme4::glmer (offset, 25 adaptive quadrature points); the posterior mean and its
# 2.5 % and 97.5 % points by integrate() and uniroot(), at that tau.
suppressMessages(library(lme4))

wilson <- expand.grid(events = c(0, 1, 3, 17, 250), persons = c(12, 300, 41311))
wilson <- wilson[wilson$events <= wilson$persons, ]
limits <- sapply(seq_len(nrow(wilson)), function(i) {
  suppressWarnings(prop.test(wilson$events[i], wilson$persons[i], correct = FALSE))$conf.int
})
wilson$lower <- limits[1, ]
wilson$upper <- limits[2, ]
write.csv(format(wilson, digits = 12, trim = TRUE), "equity_wilson.csv",
          row.names = FALSE, quote = FALSE)

posterior <- function(o, n, eta, tau) {
  mode <- optimize(function(u) dbinom(o, n, plogis(eta + u), log = TRUE) +
                     dnorm(u, 0, tau, log = TRUE), c(-10, 10) * tau,
                   maximum = TRUE, tol = 1e-10)
  f <- function(u) exp(dbinom(o, n, plogis(eta + u), log = TRUE) +
                         dnorm(u, 0, tau, log = TRUE) - mode$objective)
  p <- plogis(eta + mode$maximum)
  s <- 1 / sqrt(n * p * (1 - p) + 1 / tau^2)
  from <- mode$maximum - 14 * s
  to <- mode$maximum + 14 * s
  area <- function(g, a, b) integrate(g, a, b, rel.tol = 1e-10, subdivisions = 2000)$value
  total <- area(f, from, to)
  at <- function(q) plogis(eta + uniroot(function(b) area(f, from, b) / total - q,
                                         c(from, to), tol = 1e-12)$root)
  c(rate = area(function(u) f(u) * plogis(eta + u), from, to) / total,
    lower = at(0.025), upper = at(0.975))
}

case <- function(name, persons, expected_rate, tau, seed) {
  set.seed(seed)
  expected <- round(persons * expected_rate, 2)
  observed <- rbinom(length(persons), persons, plogis(qlogis(expected / persons) +
                                                        rnorm(length(persons), 0, tau)))
  d <- data.frame(case = name, la = factor(seq_along(persons)), observed, persons, expected)
  d$eta <- qlogis(d$expected / d$persons)
  fit <- glmer(cbind(observed, persons - observed) ~ 0 + offset(eta) + (1 | la),
               family = binomial, data = d, nAGQ = 25,
               control = glmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10)))
  d$tau <- as.numeric(getME(fit, "theta"))
  posteriors <- mapply(posterior, d$observed, d$persons, d$eta, d$tau)
  cbind(d[, c("case", "observed", "persons", "expected", "tau")], t(posteriors))
}

mixed <- c(12, 30, 85, 200, 410, 900, 1500, 2600, 4000, 7000, 12000, 20000, 41311, 90000, 500000)
shrinkage <- rbind(
  case("mixed", mixed, 0.04, 0.3, 1),
  case("small", rep(c(12, 20, 35, 60), 6), rep(c(0.1, 0.2, 0.4), 8), 0.8, 2),
  case("wide", rep(c(40, 400, 4000), 8), rep(c(0.01, 0.5, 0.9), each = 8), 1.5, 3),
  case("little", rep(c(8000, 15000, 30000), 10), 0.04, 0.1, 4)
)
write.csv(format(shrinkage, digits = 12, trim = TRUE), "equity_shrinkage.csv",
          row.names = FALSE, quote = FALSE)
