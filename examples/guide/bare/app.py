"""A guide to Flask-Login with a `username`/`password_hash` model, its snippets put together.

Repaired so that it runs: `login_view` names ``auth.login``, which does not exist, and is
``login`` here; `your_app.db` is made in this file; `jsonify` is imported; the view `index` and
the templates are missing in the guide and are the smallest that work; the guide has no way to
add a user, ``flask --app app create-user NAME`` does it.
"""

import click
from flask import Flask, flash, jsonify, redirect, render_template, request, url_for
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user, logout_user
from flask_sqlalchemy import SQLAlchemy
from werkzeug.security import check_password_hash, generate_password_hash

app = Flask(__name__)
app.config['SECRET_KEY'] = 'your-secret-key-here'  # Use a strong, random key in production
app.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite:///guide.db'
db = SQLAlchemy(app)

login_manager = LoginManager()
login_manager.init_app(app)


class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    username = db.Column(db.String(64), unique=True, nullable=False)
    password_hash = db.Column(db.String(128), nullable=False)
    # ... other fields like email, is_active flag, etc.


with app.app_context():
    db.create_all()


# The user_loader callback is REQUIRED by Flask-Login.
# It tells Flask-Login how to reload a user object from the user ID stored in the session.
@login_manager.user_loader
def load_user(user_id):
    return User.query.get(int(user_id))


@app.route('/')
def index():
    return render_template('index.html')


@app.route('/login', methods=['GET', 'POST'])
def login():
    # If user is already logged in, redirect them away from the login page.
    if current_user.is_authenticated:
        return redirect(url_for('index'))

    if request.method == 'POST':
        username = request.form.get('username')
        password = request.form.get('password')
        user = User.query.filter_by(username=username).first()

        # Check if user exists and the provided password is correct.
        if user and check_password_hash(user.password_hash, password):
            login_user(user)  # This logs the user in and sets up the session
            flash('Login successful.', 'success')
            return redirect(url_for('dashboard'))
        else:
            flash('Invalid username or password.', 'danger')

    return render_template('login.html')


@app.route('/logout')
@login_required  # Ensure only logged-in users can log out
def logout():
    logout_user()  # This clears the user's session
    flash('You have been logged out.', 'info')
    return redirect(url_for('index'))


@app.route('/dashboard')
@login_required  # This view is now protected
def dashboard():
    # current_user is now accessible and is the logged-in user object
    return render_template('dashboard.html', username=current_user.username)


login_manager.login_view = 'login'  # Set the view name for the login page
login_manager.login_message = 'Please log in to access this page.'  # Custom flash message
login_manager.login_message_category = 'warning'  # Category for the flash message


# For more advanced control (e.g., returning a JSON error for API calls),
# you can define a custom unauthorized handler callback.
@login_manager.unauthorized_handler
def unauthorized():
    # Check if the request expects JSON
    if request.is_json:
        return jsonify({'error': 'Unauthorized'}), 401
    # Otherwise, proceed with the default redirect behavior
    flash(login_manager.login_message, login_manager.login_message_category)
    return redirect(url_for(login_manager.login_view))


@app.cli.command('create-user')
@click.argument('username')
@click.password_option()
def create_user(username, password):
    db.session.add(User(username=username, password_hash=generate_password_hash(password)))
    db.session.commit()
